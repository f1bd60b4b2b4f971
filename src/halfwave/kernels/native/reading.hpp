// From a tensor's shape and strides to a view in two loops.
#pragma once

#include <cstdint>

#include "view.hpp"

namespace halfwave {

struct Dimension {
    int64_t size, stride;
};

// A few of them, without asking for memory: a look at a small tensor takes but microseconds.
class Dimensions {
  public:
    static constexpr int MOST = 32;

    void add(Dimension one) { all_[count_++] = one; }  // no more than MOST
    int size() const { return count_; }
    Dimension *begin() { return all_; }
    Dimension *end() { return all_ + count_; }
    const Dimension *begin() const { return all_; }
    const Dimension *end() const { return all_ + count_; }
    Dimension &last() { return all_[count_ - 1]; }

  private:
    int count_ = 0;
    Dimension all_[MOST];
};

// Fill in the loops of `view`. `unit_dim` < 0: the whole tensor is one unit. With `samples`,
// what stands before the unit dimension are samples, what stands after it positions.
// False where two loops do not reach: the caller may copy the tensor and ask again.
bool read_as(View &view, const Dimensions &shape, int unit_dim, bool samples);

}  // namespace halfwave
