// One look at a tensor: a pass over it in the best instruction set, shared among threads, and
// what follows from its figures.
#pragma once

#include <string>
#include <vector>

#include "view.hpp"

namespace halfwave {

// Below so many elements the interpreter is not let go (somebody else might keep it for
// milliseconds), and one thread does it all.
constexpr int64_t LET_GO = 1 << 18;

// Instruction sets that this processor has, the best first; the one in use.
std::vector<std::string> instruction_sets();
const Passes &passes();
bool use(const std::string &name);

// The closed intervals in the precision of the elements, and bounds where these say the same.
class ClosedIntervals {
  public:
    Closed closed;

    // `numbers`: low, high, low, high …
    ClosedIntervals(std::vector<double> numbers, Type type, bool samples);
    ClosedIntervals(const ClosedIntervals &) = delete;

  private:
    std::vector<double> numbers_;
};

// Each fills its rows of `out`, view.units doubles a row; the interpreter is held when they
// are called, and let go while a large tensor is read.
void look_at_output(const View &view, double *out, int threads);
void look_at_gradient(const View &view, double *out, int threads);
void look_at_rectified(const View &view, bool samples, double *out, int threads);
// without what follows from other rows
void pass_rectified(const View &view, bool samples, double *out, int threads);
void look_at_open(const View &view, const Closed &closed, double *out, int threads);
double square(Type type, const void *data, const void *other, int64_t count, int threads);

}  // namespace halfwave
