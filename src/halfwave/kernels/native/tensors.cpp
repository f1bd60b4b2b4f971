#include "tensors.hpp"

#include <vector>

namespace halfwave {
namespace {

// As DLPack 1.x lays them out.
struct DLTensor {
    void *data;
    int32_t device_type, device_id;
    int32_t ndim;
    uint8_t code, bits;
    uint16_t lanes;
    int64_t *shape, *strides;
    uint64_t byte_offset;
};
struct ExchangeTable {
    uint32_t major, minor;
    void *older;
    void *allocate, *from_object, *to_object;
    int (*borrow)(void *object, DLTensor *out);  // fills `out`; -1 and an error where it cannot
    void *current_stream;
};
constexpr int32_t MAIN_MEMORY = 1;
constexpr uint8_t FLOAT = 2, BFLOAT = 4;

const ExchangeTable *table = nullptr;
std::vector<PyObject *> plain;  // kept alive for ever: classes of torch's
PyObject *is_neg = nullptr;

bool type_of(const DLTensor &tensor, Type &type) {
    if (tensor.lanes != 1) return false;
    if (tensor.code == BFLOAT && tensor.bits == 16) return type = Type::bf16, true;
    if (tensor.code != FLOAT) return false;
    switch (tensor.bits) {
        case 16: return type = Type::f16, true;
        case 32: return type = Type::f32, true;
        case 64: return type = Type::f64, true;
    }
    return false;
}

// Whether the signs are yet to be turned: a view of the imaginary part of a conjugate.
bool is_negated(PyObject *tensor) {
    PyObject *answer = PyObject_CallMethodNoArgs(tensor, is_neg);
    if (answer == nullptr) {
        PyErr_Clear();
        return true;
    }
    const bool negated = answer != Py_False;
    Py_DECREF(answer);
    return negated;
}

}  // namespace

bool know_tensors(PyObject *capsule, PyObject *types) {
    auto found = static_cast<const ExchangeTable *>(
        PyCapsule_GetPointer(capsule, "dlpack_exchange_api"));
    if (found == nullptr) {
        PyErr_Clear();
        return false;
    }
    if (found->major != 1 || found->borrow == nullptr || !PyTuple_Check(types)) return false;
    if (is_neg == nullptr) is_neg = PyUnicode_InternFromString("is_neg");
    if (is_neg == nullptr) return PyErr_Clear(), false;
    for (PyObject *kind : plain) Py_DECREF(kind);
    plain.clear();
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(types); ++i) {
        plain.push_back(PyTuple_GET_ITEM(types, i));
        Py_INCREF(plain.back());
    }
    table = found;
    return true;
}

bool tell(PyObject *tensor, Tensor &found) {
    if (table == nullptr) return false;
    bool is_plain = false;
    for (PyObject *kind : plain) is_plain |= (PyObject *)Py_TYPE(tensor) == kind;
    if (!is_plain) return false;
    DLTensor lent;
    if (table->borrow(tensor, &lent) != 0) {
        PyErr_Clear();
        return false;
    }
    if (lent.device_type != MAIN_MEMORY || !type_of(lent, found.type)) return false;
    found.data = static_cast<const char *>(lent.data) + lent.byte_offset;
    found.rank = lent.ndim;
    found.sizes = lent.shape;
    found.strides = lent.strides;
    return lent.data != nullptr && (lent.strides != nullptr || lent.ndim == 0) &&
           !is_negated(tensor);
}

}  // namespace halfwave
