#include "gradients.hpp"

#include <chrono>

namespace nb = nanobind;

namespace halfwave {

bool Gradients::nobody_watches() const {
    const nb::object on = nb::steal(PyObject_CallNoArgs(modes.ptr()));
    const bool none = on.is_valid() && PyLong_Check(on.ptr()) && PyLong_AsLong(on.ptr()) == 0;
    if (!none) return PyErr_Clear(), false;
    const nb::object running = nb::steal(PyObject_CallNoArgs(transforms.ptr()));
    if (!running.is_valid()) PyErr_Clear();
    return running.is_none();
}

bool GradientHook::told(PyObject *gradient) const {
    using Clock = std::chrono::steady_clock;
    Gradients &run = *nb::inst_ptr<Gradients>(run_);
    if (!run.plain || !run.nobody_watches()) return false;
    const auto begun = Clock::now();
    const Answer answer = nb::inst_ptr<Tally>(tally_)->gradient(gradient, step_, 1.0);
    run.seconds += std::chrono::duration<double>(Clock::now() - begun).count();
    return answer == DONE;
}

// This is called from the program's own backward: nothing of ours may get out of here. What
// `otherwise` raises is the program's, unless Python itself has run out of something.
void GradientHook::look(PyObject *gradients) const {
    if (!PyTuple_Check(gradients) || which_ >= PyTuple_GET_SIZE(gradients)) return;
    PyObject *gradient = PyTuple_GET_ITEM(gradients, which_);
    if (gradient == Py_None) return;
    try {
        if (told(gradient)) return;
    } catch (const std::exception &) {  // out of memory, say
    }
    PyObject *step = PyLong_FromLongLong(step_);
    PyObject *args[] = {gradient, step};
    if (step != nullptr) Py_XDECREF(PyObject_Vectorcall(otherwise_.ptr(), args, 2, nullptr));
    Py_XDECREF(step);
    if (PyErr_Occurred() == nullptr) return;
    if (!PyErr_ExceptionMatches(PyExc_RecursionError) && !PyErr_ExceptionMatches(PyExc_MemoryError))
        throw nb::python_error();
    PyErr_Clear();
}

void bind_gradients(nb::module_ &module) {
    nb::class_<Gradients>(module, "Gradients")
        .def("__init__",
             [](Gradients *at, nb::object modes, nb::object transforms) {
                 new (at) Gradients{std::move(modes), std::move(transforms)};
             })
        .def_rw("plain", &Gradients::plain)
        .def_ro("seconds", &Gradients::seconds);
    nb::class_<GradientHook>(module, "GradientHook")
        .def("__init__",
             [](GradientHook *at, nb::object tally, nb::object run, nb::object otherwise,
                int64_t step, int64_t which) {
                 if (!nb::isinstance<Gradients>(run) || !nb::isinstance<Tally>(tally) || which < 0)
                     throw nb::value_error("a run's gradients and a tally are wanted");
                 new (at) GradientHook(std::move(tally), std::move(run), std::move(otherwise),
                                       step, which);
             })
        .def("__call__", [](const GradientHook &hook, nb::handle all) { hook.look(all.ptr()); },
             nb::arg("gradients").none());
}

}  // namespace halfwave
