// What is kept in registers while elements pass, and how it is added to the results.
//
// Sums run in the type that the elements are computed in, over a few hundred elements; then
// they go to doubles. A stretch in which that has lost something (NaN, infinities, squares out
// of range) is done again element by element, in double: `careful`. A pass `by_sample` has the
// open elements of each lane in `open`: a unit is open on a sample if they grow. To add returns
// the lanes that are open; of passes that know no such thing, those that hold a zero.
#pragma once

#include "flushing.hpp"
#include "lanes.hpp"
#include "view.hpp"

namespace {

using namespace halfwave;

template <class C> struct Output {
    using Compute = C;
    static constexpr int top_row = ABSMAX;
    static constexpr std::array rare_rows = {(int)NONFINITE};
    static constexpr bool by_sample = false;
    struct Context {};

    Values<C> total{}, total_abs{}, square{};
    Bits<C> top{}, zeros{};

    static constexpr auto sums() {
        return std::make_tuple(
            Sum<Output, Bits<C>>{ZEROS, &Output::zeros},
            Sum<Output, Values<C>>{TOTAL, &Output::total},
            Sum<Output, Values<C>>{TOTAL_ABS, &Output::total_abs},
            Sum<Output, Values<C>>{TOTAL_SQUARE, &Output::square});
    }
    static constexpr auto guard() { return &Output::top; }

    inline Lanes<C> add(Values<C> x, const Context &) {
        Bits<C> bits = (Bits<C>)x & Vector<C>::magnitude;
        total += x;
        total_abs += (Values<C>)bits;
        square += x * x;
        top = bits > top ? bits : top;
        const Lanes<C> lanes = zero_lanes<C>(bits);
        zeros = count_in<C>(lanes, zeros);
        return lanes;
    }
    inline Lanes<C> add_some(Values<C> x, Lanes<C> lanes, const Context &context) {
        const Bits<C> before = zeros;
        lanes &= add(x, context);
        zeros = count_in<C>(lanes, before);
        return lanes;
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
};

template <class C> struct Gradient {
    using Compute = C;
    static constexpr int top_row = -1;
    static constexpr std::array<int, 0> rare_rows = {};
    static constexpr bool by_sample = false;
    struct Context {};

    Values<C> square{};
    Bits<C> any_bits{}, zeros{};

    static constexpr auto sums() {
        return std::make_tuple(
            Sum<Gradient, Values<C>>{GRADIENT_SQUARE, &Gradient::square},
            Sum<Gradient, Bits<C>>{GRADIENT_ZEROS, &Gradient::zeros});
    }
    static constexpr auto guard() { return &Gradient::any_bits; }

    inline Lanes<C> add(Values<C> x, const Context &) {
        const Bits<C> bits = (Bits<C>)x;
        square += x * x;
        any_bits |= bits;
        const Lanes<C> lanes = zero_lanes<C>(bits);
        zeros = count_in<C>(lanes, zeros);
        return lanes;
    }
    inline Lanes<C> add_some(Values<C> x, Lanes<C> lanes, const Context &context) {
        const Bits<C> before = zeros;
        lanes &= add(x, context);
        zeros = count_in<C>(lanes, before);
        return lanes;
    }
    inline void join(const Gradient &other) {
        square += other.square;
        any_bits |= other.any_bits;
        zeros += other.zeros;
    }
    // NaN compares false: a square that is not known to be in range is not
    inline bool lost() const {
        return any(~(Bits<C>)(square <= Vector<C>::large) |
                   ((Bits<C>)(square < Vector<C>::small) &
                    ((any_bits & Vector<C>::magnitude) != 0)));
    }
    template <class T>
    static inline bool careful(const T &element, double *out, int64_t stride, const Context &) {
        double x = (double)wide(element);
        out[GRADIENT_SQUARE * stride] += x * x;
        out[GRADIENT_ZEROS * stride] += is_zero(element);
        return false;
    }
};

// What a rectifier put out: open where it is above zero, else zero or NaN. Nothing is negative,
// so several figures follow from the others: what is not open is zero, but for NaNs, which
// `careful` counts among ZEROS for the caller to put right. With Samples as below.
template <class C, bool Samples> struct Rectified {
    using Compute = C;
    static constexpr int top_row = ABSMAX, opened_row = OUTPUT_ROWS + OPEN_INPUTS;
    static constexpr std::array rare_rows = {(int)ZEROS, (int)NONFINITE};
    static constexpr bool by_sample = Samples;
    struct Context {};

    Values<C> total{}, square{};
    Bits<C> top{}, open{};

    static constexpr auto sums() {
        return std::make_tuple(
            Sum<Rectified, Bits<C>>{open_elements, &Rectified::open},
            Sum<Rectified, Values<C>>{TOTAL, &Rectified::total},
            Sum<Rectified, Values<C>>{TOTAL_SQUARE, &Rectified::square});
    }
    static constexpr auto guard() { return &Rectified::top; }

    inline Lanes<C> add(Values<C> x, const Context &) {
        const Bits<C> bits = (Bits<C>)x;  // as numbers, those with a sign are below zero
        total += x;
        square += x * x;
        top = bits > top ? bits : top;
        const Lanes<C> lanes = other_lanes<C>(bits);
        open = count_in<C>(lanes, open);
        return lanes;
    }
    // lanes that are not there hold zeros
    inline Lanes<C> add_some(Values<C> x, Lanes<C>, const Context &context) {
        return add(x, context);
    }
    inline void join(const Rectified &other) {
        total += other.total;
        square += other.square;
        top = other.top > top ? other.top : top;
        open += other.open;
    }
    // NaN compares false: a square that is not known to be in range is not
    inline bool lost() const {
        return any(~(Bits<C>)(square <= Vector<C>::large) | (Bits<C>)(top >= Vector<C>::infinity) |
                   ((Bits<C>)(square < Vector<C>::small) & (top != 0)));
    }
    template <class T>
    static inline bool careful(const T &element, double *out, int64_t stride, const Context &) {
        const double x = (double)wide(element);
        const bool open = x == x && !is_zero(element);
        out[ZEROS * stride] += x != x;
        out[open_elements * stride] += open;
        if (x - x != 0) {
            out[NONFINITE * stride] += 1;
            return open;
        }
        out[TOTAL * stride] += x;
        out[TOTAL_SQUARE * stride] += x * x;
        if (out[ABSMAX * stride] < x) out[ABSMAX * stride] = x;
        return open;
    }

  private:
    static constexpr int open_elements = OUTPUT_ROWS + OPEN_ELEMENTS;
};

// With Samples, the caller asks after each sample which units were open.
template <class C, bool Bounds, bool Samples> struct Open {
    using Compute = C;
    static constexpr int top_row = -1, opened_row = OPEN_INPUTS;
    static constexpr std::array rare_rows = {(int)OPEN_NONFINITE};
    static constexpr bool by_sample = Samples;
    using Context = Closed;

    Bits<C> open{};
    Values<C> nothing{};  // zero, but for what is not finite

    static constexpr auto sums() {
        return std::make_tuple(
            Sum<Open, Bits<C>>{OPEN_ELEMENTS, &Open::open});
    }
    static constexpr auto guard() { return &Open::nothing; }

    inline Lanes<C> add_some(Values<C> x, Lanes<C> lanes, const Closed &closed) {
        if constexpr (Bounds) {
            lanes &= above<C>(x, (C)closed.low) & below<C>(x, (C)closed.high);
        } else {
            for (int64_t i = 0; i < closed.count; ++i)
                lanes &= below<C>(x, (C)closed.pairs[2 * i]) |
                         above<C>(x, (C)closed.pairs[2 * i + 1]);
        }
        open = count_in<C>(lanes, open);
        nothing += x * 0;
        return lanes;
    }
    inline Lanes<C> add(Values<C> x, const Closed &closed) {
        return add_some(x, all_lanes<C>(), closed);
    }
    inline void join(const Open &other) {
        open += other.open;
        nothing += other.nothing;
    }
    inline bool lost() const { return any((Bits<C>)(nothing != 0)); }
    template <class T>
    static inline bool careful(const T &element, double *out, int64_t stride,
                               const Closed &closed) {
        const double x = (double)wide(element);
        const bool open = closed.open(x);
        out[OPEN_ELEMENTS * stride] += open;
        out[OPEN_NONFINITE * stride] += x - x != 0;
        return open;
    }
};

}  // namespace
