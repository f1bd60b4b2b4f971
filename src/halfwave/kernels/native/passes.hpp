// What is kept in registers while elements pass, and how it is added to the results.
//
// Sums run in the type that the elements are computed in, over a few hundred elements; then
// they go to doubles. A stretch in which that has lost something (NaN, infinities, squares out
// of range) is done again element by element, in double: `careful`.
#pragma once

#include "vectors.hpp"
#include "view.hpp"

namespace {

using namespace halfwave;

template <class C> struct Output {
    static constexpr int rows = OUTPUT_ROWS;
    static constexpr bool by_sample = false;
    struct Context {};

    Values<C> total{}, total_abs{}, square{};
    Bits<C> top{}, zeros{};

    inline void add(Values<C> x, const Context &) {
        Bits<C> bits = (Bits<C>)x & Vector<C>::magnitude;
        total += x;
        total_abs += (Values<C>)bits;
        square += x * x;
        top = bits > top ? bits : top;
        zeros = count_zeros(zeros, bits);
    }
    inline void add_some(Values<C> x, Bits<C> lanes, const Context &context) {
        Bits<C> before = zeros;
        add(x, context);
        zeros = before + ((zeros - before) & lanes);
    }
    inline void join(const Output &other) {
        total += other.total;
        total_abs += other.total_abs;
        square += other.square;
        top = other.top > top ? other.top : top;
        zeros += other.zeros;
    }
    inline bool lost() const {
        return any((top >= Vector<C>::infinity) | (Bits<C>)(square > Vector<C>::large) |
                   ((Bits<C>)(square < Vector<C>::small) & (top != 0)));
    }
    inline void flush_lanes(double *out, int64_t stride, int count) const {
        add_lanes(out + ZEROS * stride, zeros, count);
        add_lanes(out + TOTAL * stride, total, count);
        add_lanes(out + TOTAL_ABS * stride, total_abs, count);
        add_lanes(out + TOTAL_SQUARE * stride, square, count);
        top_lanes(out + ABSMAX * stride, (Values<C>)top, count);
    }
    inline void flush(double *out, int64_t stride) const {
        out[ZEROS * stride] += sum_lanes(zeros);
        out[TOTAL * stride] += sum_lanes(total);
        out[TOTAL_ABS * stride] += sum_lanes(total_abs);
        out[TOTAL_SQUARE * stride] += sum_lanes(square);
        double high = largest<C>(top), &most = out[ABSMAX * stride];
        most = most < high ? high : most;
    }
    template <class T>
    static inline bool careful(const T &element, double *out, int64_t stride, const Context &) {
        double x = (double)wide(element), size = x < 0 ? -x : x;
        out[ZEROS * stride] += is_zero(element);
        if (x - x != 0) {
            out[NONFINITE * stride] += 1;
            return false;
        }
        out[TOTAL * stride] += x;
        out[TOTAL_ABS * stride] += size;
        out[TOTAL_SQUARE * stride] += x * x;
        if (out[ABSMAX * stride] < size) out[ABSMAX * stride] = size;
        return false;
    }
    inline bool opened() const { return false; }
};

template <class C> struct Gradient {
    static constexpr int rows = GRADIENT_ROWS;
    static constexpr bool by_sample = false;
    struct Context {};

    Values<C> square{};
    Bits<C> top{}, zeros{};

    inline void add(Values<C> x, const Context &) {
        Bits<C> bits = (Bits<C>)x & Vector<C>::magnitude;
        square += x * x;
        top |= bits;  // whether there is any, and whether all exponent bits might be set
        zeros = count_zeros(zeros, bits);
    }
    inline void add_some(Values<C> x, Bits<C> lanes, const Context &context) {
        Bits<C> before = zeros;
        add(x, context);
        zeros = before + ((zeros - before) & lanes);
    }
    inline void join(const Gradient &other) {
        square += other.square;
        top |= other.top;
        zeros += other.zeros;
    }
    // NaN compares false: a square that is not known to be in range is not
    inline bool lost() const {
        return any(~(Bits<C>)(square <= Vector<C>::large) |
                   ((Bits<C>)(square < Vector<C>::small) & (top != 0)));
    }
    inline void flush_lanes(double *out, int64_t stride, int count) const {
        add_lanes(out + GRADIENT_SQUARE * stride, square, count);
        add_lanes(out + GRADIENT_ZEROS * stride, zeros, count);
    }
    inline void flush(double *out, int64_t stride) const {
        out[GRADIENT_SQUARE * stride] += sum_lanes(square);
        out[GRADIENT_ZEROS * stride] += sum_lanes(zeros);
    }
    template <class T>
    static inline bool careful(const T &element, double *out, int64_t stride, const Context &) {
        double x = (double)wide(element);
        out[GRADIENT_SQUARE * stride] += x * x;
        out[GRADIENT_ZEROS * stride] += is_zero(element);
        return false;
    }
    inline bool opened() const { return false; }
};

// What a rectifier put out: open where it is above zero, else zero or NaN. Nothing is negative,
// so several figures follow from the others: what is not zero is open, but for NaNs, which
// `careful` counts among OPEN_ELEMENTS for the caller to take off. With Samples as below.
template <class C, bool Samples> struct Rectified {
    static constexpr int rows = RECTIFIED_ROWS, opened_row = OUTPUT_ROWS + OPEN_INPUTS;
    static constexpr bool by_sample = Samples;
    struct Context {};

    Values<C> total{}, square{};
    Bits<C> top{}, zeros{}, seen{};

    inline void add(Values<C> x, const Context &) {
        const Bits<C> bits = (Bits<C>)x;  // as numbers, those with a sign are below zero
        total += x;
        square += x * x;
        top = bits > top ? bits : top;
        zeros = count_nothing(zeros, bits);
        if constexpr (Samples) seen |= bits;
    }
    inline void add_some(Values<C> x, Bits<C> lanes, const Context &context) {
        Bits<C> before = zeros;
        add(x, context);
        zeros = before + ((zeros - before) & lanes);
    }
    inline void join(const Rectified &other) {
        total += other.total;
        square += other.square;
        top = other.top > top ? other.top : top;
        zeros += other.zeros;
        seen |= other.seen;
    }
    // NaN compares false: a square that is not known to be in range is not
    inline bool lost() const {
        return any(~(Bits<C>)(square <= Vector<C>::large) | (Bits<C>)(top >= Vector<C>::infinity) |
                   ((Bits<C>)(square < Vector<C>::small) & (top != 0)));
    }
    inline void flush_lanes(double *out, int64_t stride, int lanes) const {
        add_lanes(out + ZEROS * stride, zeros, lanes);
        add_lanes(out + TOTAL * stride, total, lanes);
        add_lanes(out + TOTAL_SQUARE * stride, square, lanes);
        top_lanes(out + ABSMAX * stride, (Values<C>)top, lanes);
    }
    inline void flush(double *out, int64_t stride) const {
        out[ZEROS * stride] += sum_lanes(zeros);
        out[TOTAL * stride] += sum_lanes(total);
        out[TOTAL_SQUARE * stride] += sum_lanes(square);
        double high = largest<C>(top), &most = out[ABSMAX * stride];
        most = most < high ? high : most;
    }
    template <class T>
    static inline bool careful(const T &element, double *out, int64_t stride, const Context &) {
        const double x = (double)wide(element);
        out[ZEROS * stride] += is_zero(element);
        out[(OUTPUT_ROWS + OPEN_ELEMENTS) * stride] += x != x;
        if (x - x != 0) {
            out[NONFINITE * stride] += 1;
            return x > 0;
        }
        out[TOTAL * stride] += x;
        out[TOTAL_SQUARE * stride] += x * x;
        if (out[ABSMAX * stride] < x) out[ABSMAX * stride] = x;
        return x > 0;
    }
    inline bool opened() const { return any_value<C>(seen); }
    static inline bool is_open(typename Vector<C>::Bit lane) {
        return (lane & Vector<C>::magnitude) != 0;
    }
};

// With Samples, the caller asks after each sample which lanes were `opened`.
template <class C, bool Bounds, bool Samples> struct Open {
    static constexpr int rows = OPEN_ROWS, opened_row = OPEN_INPUTS;
    static constexpr bool by_sample = Samples;
    using Context = Closed;

    Bits<C> count{}, top{}, seen{};

    inline void add_some(Values<C> x, Bits<C> lanes, const Closed &closed) {
        Bits<C> mask = lanes;
        if constexpr (Bounds) {
            mask &= (Bits<C>)(x > (C)closed.low) & (Bits<C>)(x < (C)closed.high);
        } else {
            for (int64_t i = 0; i < closed.count; ++i)
                mask &= (Bits<C>)(x < (C)closed.pairs[2 * i]) |
                        (Bits<C>)(x > (C)closed.pairs[2 * i + 1]);
        }
        count -= mask;
        if constexpr (Samples) seen |= mask;
        Bits<C> bits = (Bits<C>)x & Vector<C>::magnitude;
        top = bits > top ? bits : top;
    }
    inline void add(Values<C> x, const Closed &closed) { add_some(x, ~Bits<C>{}, closed); }
    inline void join(const Open &other) {
        count += other.count;
        seen |= other.seen;
        top = other.top > top ? other.top : top;
    }
    inline bool lost() const { return any(top >= Vector<C>::infinity); }
    inline void flush_lanes(double *out, int64_t stride, int lanes) const {
        add_lanes(out + OPEN_ELEMENTS * stride, count, lanes);
    }
    inline void flush(double *out, int64_t stride) const {
        out[OPEN_ELEMENTS * stride] += sum_lanes(count);
    }
    template <class T>
    static inline bool careful(const T &element, double *out, int64_t stride,
                               const Closed &closed) {
        double x = (double)wide(element);
        bool open = closed.open(x);
        out[OPEN_ELEMENTS * stride] += open;
        out[OPEN_NONFINITE * stride] += x - x != 0;
        return open;
    }
    inline bool opened() const { return any(seen); }
    static inline bool is_open(typename Vector<C>::Bit lane) { return lane != 0; }
};

}  // namespace
