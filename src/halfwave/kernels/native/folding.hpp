// Adding what one look has found to what is known: rows of doubles, one for each unit.
#pragma once

#include "flushing.hpp"
#include "view.hpp"

namespace {

using namespace halfwave;

// What follows from the rows that a rectifier's pass has filled, where ZEROS has the NaNs;
// `each`: elements of a unit.
void finish_rectified(double *out, int64_t units, double each, bool samples) {
    double *zeros = out + ZEROS * units, *opened = out + OUTPUT_ROWS * units;
    const double *open_elements = opened + OPEN_ELEMENTS * units;
    for (int64_t u = 0; u < units; ++u) zeros[u] = each - open_elements[u] - zeros[u];
    std::memcpy(out + TOTAL_ABS * units, out + TOTAL * units, units * sizeof(double));
    std::memcpy(opened + OPEN_NONFINITE * units, out + NONFINITE * units, units * sizeof(double));
    if (!samples) std::memcpy(opened + OPEN_INPUTS * units, open_elements, units * sizeof(double));
}

// Add a row to another; return the sum of what was added.
double add_row(const double *from, double *to, int64_t units) {
    constexpr int W = Vector<double>::width;
    Values<double> sums[2] = {};
    int64_t u = 0;
    for (; u + 2 * W <= units; u += 2 * W)
        for (int k = 0; k < 2; ++k) {
            const Values<double> x = load(from + u + k * W);
            keep(to + u + k * W, load(to + u + k * W) + x);
            sums[k] += x;
        }
    double sum = sum_lanes(sums[0] + sums[1]);
    for (; u < units; ++u) {
        to[u] += from[u];
        sum += from[u];
    }
    return sum;
}

// Keep the larger of each pair; return the largest of `from`. Neither has a NaN.
double top_row(const double *from, double *to, int64_t units) {
    constexpr int W = Vector<double>::width;
    Values<double> tops[2] = {};
    int64_t u = 0;
    for (; u + 2 * W <= units; u += 2 * W)
        for (int k = 0; k < 2; ++k) {
            const Values<double> x = load(from + u + k * W), old = load(to + u + k * W);
            keep(to + u + k * W, old < x ? x : old);
            tops[k] = tops[k] < x ? x : tops[k];
        }
    double most = largest<double>((Bits<double>)(tops[0] < tops[1] ? tops[1] : tops[0]));
    for (; u < units; ++u) {
        to[u] = to[u] < from[u] ? from[u] : to[u];
        most = most < from[u] ? from[u] : most;
    }
    return most;
}

// Whether a row has nothing but zeros.
bool is_empty_row(const double *row, int64_t units) {
    constexpr int W = Vector<double>::width;
    Bits<double> bits{};
    int64_t u = 0;
    for (; u + W <= units; u += W) bits |= (Bits<double>)load(row + u);
    bool empty = !any((Bits<double>)(bits != 0));
    for (; u < units; ++u) empty &= row[u] == 0;
    return empty;
}

// Note which units were open in a step, after so many inputs; return how many were not.
int64_t note_open(const double *opened, int64_t units, int64_t step, int64_t inputs,
                  int64_t *first, int64_t *last, int64_t *at) {
    int64_t closed = 0;
    for (int64_t u = 0; u < units; ++u) {
        const bool open = opened[u] > 0;
        closed += !open;
        last[u] = open ? step : last[u];
        at[u] = open ? inputs : at[u];
        first[u] = open && first[u] < 0 ? step : first[u];
    }
    return closed;
}

}  // namespace
