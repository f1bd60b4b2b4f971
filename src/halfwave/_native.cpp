// The extension module `halfwave._native`: what the rooms have in it, each in its folder `native`.
#include <nanobind/nanobind.h>

#include "kernels/native/bindings.hpp"
#include "kernels/native/gradients.hpp"
#include "launch/native/sigterm.hpp"
#include "observe/native/frames.hpp"
#include "observe/native/gate.hpp"

NB_MODULE(_native, module) {
    using namespace halfwave;
    // a watcher that the program never stops lives until the process ends
    nanobind::set_leak_warnings(false);
    module.doc() = "Statistics of tensors in one pass, what is done at many calls of a step, SIGTERM.";
    bind_statistics(module);
    bind_gradients(module);
    bind_frames(module);
    bind_gate(module);
    bind_sigterm(module);
}
