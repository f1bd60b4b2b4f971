// What Python sees: addresses, shapes and strides in, doubles out.
//
// No tensor is touched here. The caller keeps it alive, and passes what torch says of it: that
// takes a third of a microsecond, where a DLPack capsule through the array protocol takes two.
#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "bindings.hpp"
#include "looks.hpp"
#include "reading.hpp"
#include "tally.hpp"
#include "tensors.hpp"

namespace nb = nanobind;

namespace halfwave {
namespace {

int64_t integer(nb::handle tuple, int at) {
    const int64_t value = PyLong_AsLongLong(PyTuple_GET_ITEM(tuple.ptr(), at));
    if (value == -1 && PyErr_Occurred()) throw nb::python_error();
    return value;
}

std::vector<double> numbers(nb::handle intervals) {
    std::vector<double> found;
    for (nb::handle pair : intervals)
        for (int end = 0; end < 2; ++end) found.push_back(nb::cast<double>(pair[end]));
    return found;
}

// A tensor as Python tells of it.
class Reader {
  public:
    View view;
    bool can_be_read = false;

    Reader(uintptr_t data, int type, nb::handle shape, nb::handle strides, int unit_dim,
           bool samples) {
        if (!PyTuple_Check(shape.ptr()) || !PyTuple_Check(strides.ptr()))
            throw nb::type_error("a shape is a tuple");
        const Py_ssize_t rank = PyTuple_GET_SIZE(shape.ptr());
        if (type < 0 || type > 3 || rank != PyTuple_GET_SIZE(strides.ptr()) || unit_dim >= rank)
            throw nb::value_error("no such type, or shape and strides do not go together");
        if (rank > Dimensions::MOST) return;
        Dimensions dims;
        bool is_empty = false;
        for (int i = 0; i < (int)rank; ++i) {
            dims.add({integer(shape, i), integer(strides, i)});
            is_empty |= dims.last().size == 0;
        }
        view.units = unit_dim < 0 ? 1 : dims.begin()[unit_dim].size;
        view.data = reinterpret_cast<const void *>(data);
        view.type = static_cast<Type>(type);
        if (is_empty) view.outer = 0;
        can_be_read = is_empty || (data != 0 && read_as(view, dims, unit_dim, samples));
    }
};

double *doubles(uintptr_t address) { return reinterpret_cast<double *>(address); }

bool output(uintptr_t data, int type, nb::handle shape, nb::handle strides, int unit_dim,
            uintptr_t out, int threads) {
    const Reader reader(data, type, shape, strides, unit_dim, false);
    if (reader.can_be_read) look_at_output(reader.view, doubles(out), threads);
    return reader.can_be_read;
}

bool gradient(uintptr_t data, int type, nb::handle shape, nb::handle strides, int unit_dim,
              uintptr_t out, int threads) {
    const Reader reader(data, type, shape, strides, unit_dim, false);
    if (reader.can_be_read) look_at_gradient(reader.view, doubles(out), threads);
    return reader.can_be_read;
}

bool rectified(uintptr_t data, int type, nb::handle shape, nb::handle strides, int unit_dim,
               bool samples, uintptr_t out, int threads) {
    const Reader reader(data, type, shape, strides, unit_dim, samples);
    if (reader.can_be_read) look_at_rectified(reader.view, samples, doubles(out), threads);
    return reader.can_be_read;
}

bool open(uintptr_t data, int type, nb::handle shape, nb::handle strides, int unit_dim,
          bool samples, nb::handle intervals, uintptr_t out, int threads) {
    const Reader reader(data, type, shape, strides, unit_dim, samples);
    if (!reader.can_be_read) return false;
    const ClosedIntervals closed(numbers(intervals), reader.view.type, samples);
    look_at_open(reader.view, closed.closed, doubles(out), threads);
    return true;
}

bool some(uintptr_t data, int type, nb::handle shape, nb::handle strides, int unit_dim,
          bool samples, nb::handle intervals, uintptr_t units, int64_t count, uintptr_t out) {
    const Reader reader(data, type, shape, strides, unit_dim, samples);
    if (!reader.can_be_read) return false;
    double *to = doubles(out);
    std::fill_n(to, count, 0.0);
    if (reader.view.elements() == 0) return true;
    const ClosedIntervals closed(numbers(intervals), reader.view.type, samples);
    const int64_t *chosen = reinterpret_cast<const int64_t *>(units);
    for (int64_t i = 0; i < count; ++i)
        if (chosen[i] < 0 || chosen[i] >= reader.view.units) throw nb::index_error("no such unit");
    passes().some(reader.view, closed.closed, chosen, count, to);
    return true;
}

double square_of(uintptr_t data, uintptr_t other, int type, int64_t count, int threads) {
    if (type < 0 || type > 3) throw nb::value_error("no such type");
    return square(static_cast<Type>(type), reinterpret_cast<const void *>(data),
                  reinterpret_cast<const void *>(other), count, threads);
}

void use_set(const std::string &name) {
    if (!use(name)) throw nb::value_error("this processor has no such instruction set");
}

bool know(nb::handle capsule, nb::handle types, nb::handle get_num_threads) {
    know_threads(get_num_threads.ptr());
    return know_tensors(capsule.ptr(), types.ptr());
}

void make_tally(Tally *at, int64_t units, int axis, nb::handle intervals, int64_t capacity,
                uintptr_t totals, uintptr_t times, uintptr_t steps, uintptr_t opened,
                nb::handle owner) {
    if (units < 1 || axis >= 0 || capacity < 1) throw nb::value_error("no units, or no steps");
    const Ledger ledger = {doubles(totals), reinterpret_cast<int64_t *>(times), doubles(steps),
                           doubles(opened), capacity, owner.ptr()};
    new (at) Tally(units, axis, numbers(intervals), ledger);
}

}  // namespace

void bind_statistics(nb::module_ &m) {
    m.def("output", &output);
    m.def("gradient", &gradient);
    m.def("rectified", &rectified);
    m.def("open", &halfwave::open);
    m.def("some", &some);
    m.def("square", &square_of);
    m.def("instruction_sets", &instruction_sets);
    m.def("instruction_set", [] { return std::string(passes().name); });
    m.def("use", &use_set);
    m.def("know", &know);
    nb::class_<Tally>(m, "Tally")
        .def("__init__", &make_tally)
        .def("rectified", [](Tally &t, nb::handle x, int64_t s) { return (int)t.rectified(x.ptr(), s); })
        .def("before", [](Tally &t, nb::handle x) { return (int)t.before(x.ptr()); })
        .def("after", [](Tally &t, nb::handle x, int64_t s) { return (int)t.after(x.ptr(), s); })
        .def("gradient",
             [](Tally &t, nb::handle x, int64_t s, double divisor) {
                 return (int)t.gradient(x.ptr(), s, divisor);
             })
        .def("end", &Tally::end)
        .def("clear", &Tally::clear)
        .def("retire", &Tally::retire);
}

}  // namespace halfwave
