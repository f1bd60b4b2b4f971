#include "frames.hpp"

namespace nb = nanobind;

namespace halfwave {
namespace {

// as in halfwave.observe.location
enum Kind { SKIP = 0, USER = 1, CALL = 2 };
constexpr size_t MOST = 100'000;

nb::object object(PyFrameObject *frame) { return nb::steal(reinterpret_cast<PyObject *>(frame)); }

PyFrameObject *of(const nb::object &frame) { return reinterpret_cast<PyFrameObject *>(frame.ptr()); }

nb::object code_of(const nb::object &frame) {
    return nb::steal(reinterpret_cast<PyObject *>(PyFrame_GetCode(of(frame))));
}

nb::object current() {
    PyFrameObject *frame = PyThreadState_GetFrame(PyThreadState_Get());
    return object(frame);
}

// The module that a frame of its `__call__` belongs to.
nb::object caller_of(const nb::object &frame) {
    const nb::object names = nb::steal(PyFrame_GetLocals(of(frame)));
    if (!names.is_valid()) throw nb::python_error();
    const nb::object self = nb::steal(PyMapping_GetItemString(names.ptr(), "self"));
    if (!self.is_valid()) PyErr_Clear();
    return self.is_valid() ? self : nb::none();
}

}  // namespace

const Frames::Known &Frames::known(const nb::object &code) {
    const auto found = codes_.find(code.ptr());
    if (found != codes_.end()) return found->second;
    if (codes_.size() >= MOST) codes_.clear();
    const nb::object told = know_(code);
    const Known made = {code, nb::cast<int>(told.attr("kind")),
                        nb::cast<int64_t>(told.attr("number"))};
    return codes_.emplace(code.ptr(), made).first->second;
}

nb::object Frames::nearest() {
    nb::object module = nb::none();
    int64_t number = -1;
    int instruction = 0;
    for (nb::object frame = current(); frame.is_valid(); frame = object(PyFrame_GetBack(of(frame)))) {
        const Known &found = known(code_of(frame));
        if (found.kind == USER && number < 0) {
            number = found.number;
            instruction = PyFrame_GetLasti(of(frame));
            if (!module.is_none()) break;
        } else if (found.kind == CALL && module.is_none()) {
            module = caller_of(frame);
            if (number >= 0) break;
        } else if (found.kind != SKIP && found.kind != USER && found.kind != CALL) {
            return nb::none();
        }
    }
    return number < 0 ? nb::none() : nb::object(nb::make_tuple(number, instruction, module));
}

nb::object Frames::program() {
    for (nb::object frame = current(); frame.is_valid(); frame = object(PyFrame_GetBack(of(frame))))
        if (known(code_of(frame)).kind == USER) return frame;
    return nb::none();
}

void bind_frames(nb::module_ &module) {
    nb::class_<Frames>(module, "Frames")
        .def(nb::init<nb::object>())
        .def("nearest", &Frames::nearest)
        .def("program", &Frames::program);
}

}  // namespace halfwave
