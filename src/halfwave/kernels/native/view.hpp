// How a tensor is read: units by everything else, in two loops.
#pragma once

#include <cstdint>

namespace halfwave {

enum class Type : int { f32 = 0, f64 = 1, f16 = 2, bf16 = 3 };

// One tensor as (outer, units, inner); strides count elements. In `lanes` the units lie
// next to each other in memory, else the positions of the inner loop do.
struct View {
    const void *data = nullptr;
    Type type = Type::f32;
    int64_t outer = 1, units = 1, inner = 1;
    int64_t outer_stride = 0, unit_stride = 0, inner_stride = 0;
    bool lanes = false;

    int64_t elements() const { return outer * units * inner; }
};

// Which slopes count as closed: finite x is open where low < x < high; where there are
// intervals instead (pairs), outside all of them.
struct Closed {
    double low, high;  // -inf, inf: no bound
    const double *pairs = nullptr;
    int64_t count = 0;
    const double *exact = nullptr;  // the intervals as they were given, for NaN and infinities
    int64_t exact_count = 0;
    bool samples = false;  // a unit is open on a sample if at any of its positions

    bool open(double x) const {
        if (x != x) return false;
        for (int64_t i = 0; i < exact_count; ++i)
            if (x >= exact[2 * i] && x <= exact[2 * i + 1]) return false;
        return true;
    }
};

// Rows of the results; each row is `units` doubles, `stride` apart.
enum OutputRow { ZEROS, TOTAL, TOTAL_ABS, TOTAL_SQUARE, NONFINITE, ABSMAX, OUTPUT_ROWS };
enum OpenRow { OPEN_INPUTS, OPEN_ELEMENTS, OPEN_NONFINITE, OPEN_ROWS };
// A rectifier's output tells both: the rows of the one, then those of the other.
constexpr int RECTIFIED_ROWS = (int)OUTPUT_ROWS + (int)OPEN_ROWS;
enum GradientRow { GRADIENT_SQUARE, GRADIENT_ZEROS, GRADIENT_ROWS };

// The passes as one instruction set has them. Each fills its rows of `out`, for units from `first`
// up to `last`; `out` points at the first row of unit 0. There is at least one element.
struct Passes {
    const char *name;
    void (*output)(const View &, int64_t first, int64_t last, double *out, int64_t stride);
    void (*gradient)(const View &, int64_t first, int64_t last, double *out, int64_t stride);
    // ZEROS is left with the NaNs, and what follows from other rows is left as it is
    void (*rectified)(const View &, bool samples, int64_t first, int64_t last, double *out,
                      int64_t stride);
    void (*open)(const View &, const Closed &, int64_t first, int64_t last, double *out,
                 int64_t stride);
    // of the `count` units named, the samples that find each open
    void (*some)(const View &, const Closed &, const int64_t *units, int64_t count, double *out);
    // sum of (a - b)^2 over a stretch of memory; b may be missing
    double (*square)(Type, const void *a, const void *b, int64_t count);
    // see folding.hpp
    void (*finish)(double *out, int64_t units, double each, bool samples);
    double (*add_row)(const double *from, double *to, int64_t units);
    double (*top_row)(const double *from, double *to, int64_t units);
    bool (*is_empty_row)(const double *row, int64_t units);
    int64_t (*note_open)(const double *opened, int64_t units, int64_t step, int64_t inputs,
                         int64_t *first, int64_t *last, int64_t *at);
};

}  // namespace halfwave
