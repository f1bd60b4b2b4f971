// From a tensor's shape and strides to a view in two loops.
#pragma once

#include <cstdint>
#include <vector>

#include "view.hpp"

namespace halfwave {

struct Dimension {
    int64_t size, stride;
};

// Fill in the loops of `view`. `unit_dim` < 0: the whole tensor is one unit. With `samples`,
// what stands before the unit dimension are samples, what stands after it positions.
// False where two loops do not reach: the caller may copy the tensor and ask again.
bool read_as(View &view, const std::vector<Dimension> &shape, int unit_dim, bool samples);

}  // namespace halfwave
