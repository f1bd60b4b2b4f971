#include "gate.hpp"

#include <new>
#include <utility>

namespace nb = nanobind;

namespace halfwave {
namespace {

// places that are remembered; a program that makes code without end begins anew
constexpr size_t MOST = 10'000;

}  // namespace

Gate::Gate(nb::object handlers, nb::object genuine, nb::object teller, nb::object passing_at,
           nb::object tracing_state, nb::object pass_on)
    : handlers_(handlers.release().ptr()), genuine_(genuine.release().ptr()),
      teller_(teller.release().ptr()), passing_at_(passing_at.release().ptr()),
      tracing_state_(tracing_state.release().ptr()), pass_on_(pass_on.release().ptr()) {}

// Whether torch.jit.trace writes down what is called, and names it by the frames that call it.
bool Gate::is_tracing() const {
    PyObject *state = PyObject_CallNoArgs(tracing_state_);
    Py_XDECREF(state);
    return state != Py_None;
}

// The frame that the call comes from, a new reference; `told`: by way of the teller.
PyFrameObject *Gate::caller(bool &told) const {
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    for (int back = 0; frame != nullptr && back < 3; ++back) {
        if (back == 0) {
            PyCodeObject *code = PyFrame_GetCode(frame);
            told = reinterpret_cast<PyObject *>(code) == teller_;
            Py_DECREF(code);
        }
        if (back == 2 || !told) break;
        PyFrameObject *before = PyFrame_GetBack(frame);
        Py_DECREF(frame);
        frame = before;
    }
    return frame;
}

// What calls torch on behalf of a frame, a new reference; NULL with an error set.
PyObject *Gate::runs_at(PyFrameObject *frame) {
    PyObject *code = reinterpret_cast<PyObject *>(PyFrame_GetCode(frame));
    const Place place = {code, PyFrame_GetLasti(frame)};
    if (const auto found = known_.find(place); found != known_.end()) {
        Py_DECREF(code);
        return Py_NewRef(found->second.runs);
    }
    PyObject *runs = PyObject_CallOneArg(passing_at_, reinterpret_cast<PyObject *>(frame));
    if (runs == nullptr) return Py_DECREF(code), nullptr;
    if (known_.size() >= MOST) forget_places();
    known_[place] = {code, Py_NewRef(runs)};
    return runs;
}

// Whether the error that is set is the program's; then it stays set, else it is cleared.
bool Gate::is_the_programs() const {
    if (PyErr_Occurred() == nullptr) return false;
    const nb::python_error error;  // takes it
    PyObject *answer = PyObject_CallOneArg(pass_on_, error.value().ptr());
    Py_XDECREF(answer);
    return answer == nullptr;
}

PyObject *Gate::pass(PyObject *const *args, Py_ssize_t count, PyObject *otherwise) {
    PyObject *function = args[1], *handler = nullptr, *runs = nullptr;
    PyObject *names = count == 5 && args[4] != Py_None ? args[4] : nullptr;
    // without handlers it is being collected
    bool is_plain = handlers_ != nullptr && (count == 4 || count == 5) && PyTuple_Check(args[3]) &&
                    (names == nullptr || PyDict_Check(names));
    if (is_plain && PyFunction_Check(function)) is_plain = PySet_Contains(genuine_, function) == 1;
    if (!is_plain) return PyErr_Clear(), PyObject_Vectorcall(otherwise, args, count, nullptr);
    if (!passive && (thread < 0 || static_cast<uint64_t>(thread) == PyThread_get_thread_ident()))
        handler = PyDict_GetItemWithError(handlers_, function);
    if (handler != nullptr && is_tracing()) handler = nullptr;
    bool told = false;
    PyFrameObject *frame = PyErr_Occurred() == nullptr ? caller(told) : nullptr;
    if (frame != nullptr && handler == nullptr && !told) {
        // no frame of anybody's stands between the program's and torch
        Py_DECREF(frame);
        return ++calls, PyObject_Call(function, args[3], names);
    }
    if (frame != nullptr) runs = runs_at(frame);
    Py_XDECREF(frame);
    if (runs == nullptr)
        return is_the_programs() ? nullptr : PyObject_Vectorcall(otherwise, args, count, nullptr);
    ++calls;
    Py_XINCREF(handler);  // what it calls may take it from the table
    PyObject *given = names != nullptr ? Py_NewRef(names) : PyDict_New(), *result = nullptr;
    if (given != nullptr) {
        PyObject *all[] = {nullptr, runs, function, args[3], given};
        const int first = handler == nullptr ? 2 : 1;
        result = PyObject_Vectorcall(handler == nullptr ? runs : handler, all + first,
                                     (5 - first) | PY_VECTORCALL_ARGUMENTS_OFFSET, nullptr);
    }
    Py_XDECREF(given);
    Py_XDECREF(handler);
    Py_DECREF(runs);
    return result;
}

int Gate::traverse(visitproc visit, void *arg) const {
    Py_VISIT(handlers_);
    Py_VISIT(genuine_);
    Py_VISIT(teller_);
    Py_VISIT(passing_at_);
    Py_VISIT(tracing_state_);
    Py_VISIT(pass_on_);
    for (const auto &[_, known] : known_) {
        Py_VISIT(known.code);
        Py_VISIT(known.runs);
    }
    return 0;
}

void Gate::forget() {
    Py_CLEAR(handlers_);
    Py_CLEAR(genuine_);
    Py_CLEAR(teller_);
    Py_CLEAR(passing_at_);
    Py_CLEAR(tracing_state_);
    Py_CLEAR(pass_on_);
    forget_places();
}

void Gate::forget_places() {
    for (auto &[_, known] : std::exchange(known_, {})) {
        Py_DECREF(known.code);
        Py_DECREF(known.runs);
    }
}

namespace {

// The function that stands in a mode's place: `(gate, otherwise)` is what it belongs to.
PyObject *passed(PyObject *owner, PyObject *const *args, Py_ssize_t count) {
    Gate &gate = *nb::inst_ptr<Gate>(PyTuple_GET_ITEM(owner, 0));
    PyObject *otherwise = PyTuple_GET_ITEM(owner, 1);
    if (count < 2) return PyObject_Vectorcall(otherwise, args, count, nullptr);
    try {
        return gate.pass(args, count, otherwise);
    } catch (const std::bad_alloc &) {
        return PyErr_NoMemory();
    }
}

PyMethodDef PASSED = {"__torch_function__", reinterpret_cast<PyCFunction>(
                          reinterpret_cast<void (*)()>(&passed)), METH_FASTCALL,
                      "Hand one call into torch to its handler, or let it pass."};

int traversed(PyObject *self, visitproc visit, void *arg) {
    Py_VISIT(Py_TYPE(self));
    return nb::inst_ready(self) ? nb::inst_ptr<Gate>(self)->traverse(visit, arg) : 0;
}

int cleared(PyObject *self) {
    if (nb::inst_ready(self)) nb::inst_ptr<Gate>(self)->forget();
    return 0;
}

PyType_Slot SLOTS[] = {{Py_tp_traverse, reinterpret_cast<void *>(&traversed)},
                       {Py_tp_clear, reinterpret_cast<void *>(&cleared)},
                       {0, nullptr}};

}  // namespace

void bind_gate(nb::module_ &module) {
    nb::class_<Gate>(module, "Gate", nb::type_slots(SLOTS))
        .def("__init__",
             [](Gate *at, nb::object handlers, nb::object genuine, nb::object teller,
                nb::object passing_at, nb::object tracing_state, nb::object pass_on) {
                 if (!PyDict_Check(handlers.ptr()) || !PyAnySet_Check(genuine.ptr()))
                     throw nb::type_error("handlers are a dict, genuine functions a set");
                 new (at) Gate(std::move(handlers), std::move(genuine), std::move(teller),
                               std::move(passing_at), std::move(tracing_state),
                               std::move(pass_on));
             })
        .def_rw("calls", &Gate::calls)
        .def_rw("passive", &Gate::passive)
        .def_prop_rw(
            "thread",
            [](const Gate &gate) {
                return gate.thread < 0 ? nb::object(nb::none()) : nb::object(nb::int_(gate.thread));
            },
            [](Gate &gate, nb::handle thread) {
                gate.thread = thread.is_none() ? -1 : nb::cast<int64_t>(thread);
            },
            nb::arg().none())
        .def("instead_of", [](nb::handle self, nb::object otherwise) {
            const nb::object owner = nb::make_tuple(self, std::move(otherwise));
            return nb::steal(PyCFunction_New(&PASSED, owner.ptr()));
        });
}

}  // namespace halfwave
