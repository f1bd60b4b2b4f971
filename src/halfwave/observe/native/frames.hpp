// Searches of the Python frames above a call: `halfwave.observe.location` says what for.
#pragma once

#include <nanobind/nanobind.h>

#include <cstdint>
#include <unordered_map>

namespace halfwave {

class Frames {
  public:
    // `know(code)` tells of a code object its `kind` and its `number`.
    explicit Frames(nanobind::object know) : know_(std::move(know)) {}

    // (number of the code, instruction, module) of the nearest place, or None.
    nanobind::object nearest();
    // The first frame of the program's own, or None.
    nanobind::object program();

  private:
    struct Known {
        nanobind::object code;  // kept: its address stays its own
        int kind;
        int64_t number;
    };

    const Known &known(const nanobind::object &code);

    const nanobind::object know_;
    std::unordered_map<const void *, Known> codes_;
};

void bind_frames(nanobind::module_ &module);

}  // namespace halfwave
