// Hooks of graph nodes that tell a tally of gradients. A hook in Python would be a closure made
// for every call, and its code is gone from the processor's caches when the gradient comes.
#pragma once

#include <nanobind/nanobind.h>

#include "tally.hpp"

namespace halfwave {

// What all hooks of a run share.
struct Gradients {
    nanobind::object modes, transforms;  // asked whether anybody would see what a look calls
    bool plain = true;                   // gradients are those of the loss, not of a scaled one
    double seconds = 0;                  // that looks have taken

    bool nobody_watches() const;
};

// Called with the gradients of a node's outputs, before the node passes them on; changes none.
class GradientHook {
  public:
    // `otherwise(gradient, step)` looks where the tally can't; it raises what the program does.
    GradientHook(nanobind::object tally, nanobind::object run, nanobind::object otherwise,
                 int64_t step, int64_t which)
        : tally_(std::move(tally)), run_(std::move(run)), otherwise_(std::move(otherwise)),
          step_(step), which_(which) {}

    void look(PyObject *gradients) const;

  private:
    bool told(PyObject *gradient) const;

    const nanobind::object tally_, run_, otherwise_;
    const int64_t step_, which_;
};

void bind_gradients(nanobind::module_ &module);

}  // namespace halfwave
