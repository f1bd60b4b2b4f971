// One pass shared among threads; its result does not depend on how many there are.
#pragma once

#include <functional>

#include "view.hpp"

namespace halfwave {

// A pass over units first…last of a view, adding to rows of results.
using Pass = std::function<void(const View &, int64_t first, int64_t last, double *out, int64_t stride)>;

// Run `pass` over all of `view`; `out` has `rows` rows of view.units, all zero. The row
// `maximum` (-1: none) holds a maximum, the others sums. With `samples` a sample is not cut.
void share(const View &view, const Pass &pass, double *out, int rows, int maximum, bool samples,
           int threads);

// Add up `part(begin, end)` over stretches of 0…count.
double share_sum(int64_t count, const std::function<double(int64_t, int64_t)> &part, int threads);

}  // namespace halfwave
