// What is kept in registers while elements pass, and how it is added to the results.
//
// Sums run in the type that the elements are computed in, over a few hundred elements; then
// they go to doubles. A stretch in which that has lost something (NaN, infinities, squares out
// of range) is done again element by element, in double: `careful`. To add returns the lanes that
// are open; of passes that know no such thing, those that hold a zero. How many there were goes to
// `counted_row`: `Counting` keeps the number. A pass `by_sample` tells on how many samples a unit
// was open, too. One that `spreads` keeps what a variance is told from: see spread.hpp.
#pragma once

#include "flushing.hpp"
#include "lanes.hpp"
#include "view.hpp"

namespace {

using namespace halfwave;

template <class C> struct Output {
    using Compute = C;
    static constexpr int top_row = ABSMAX, counted_row = ZEROS;
    static constexpr std::array rare_rows = {(int)NONFINITE};
    static constexpr bool by_sample = false, counts = false, spreads = sizeof(C) == sizeof(float);
    struct Context {};

    Values<C> total{}, total_abs{}, square{};
    Bits<C> top{};

    static constexpr auto sums() {
        return std::make_tuple(
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
        return zero_lanes<C>(bits);
    }
    inline Lanes<C> add_some(Values<C> x, Lanes<C> lanes, const Context &context) {
        return lanes & add(x, context);
    }
    inline void join(const Output &other) {
        total += other.total;
        total_abs += other.total_abs;
        square += other.square;
        top = other.top > top ? other.top : top;
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
    static constexpr int top_row = -1, counted_row = GRADIENT_ZEROS;
    static constexpr std::array<int, 0> rare_rows = {};
    static constexpr bool by_sample = false, counts = false, spreads = false;
    struct Context {};

    Values<C> square{};
    Bits<C> any_bits{};

    static constexpr auto sums() {
        return std::make_tuple(Sum<Gradient, Values<C>>{GRADIENT_SQUARE, &Gradient::square});
    }
    static constexpr auto guard() { return &Gradient::any_bits; }

    inline Lanes<C> add(Values<C> x, const Context &) {
        const Bits<C> bits = (Bits<C>)x;
        square += x * x;
        any_bits |= bits;
        return zero_lanes<C>(bits);
    }
    inline Lanes<C> add_some(Values<C> x, Lanes<C> lanes, const Context &context) {
        return lanes & add(x, context);
    }
    inline void join(const Gradient &other) {
        square += other.square;
        any_bits |= other.any_bits;
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
// `careful` counts among ZEROS for the caller to put right.
template <class C, bool Samples> struct Rectified {
    using Compute = C;
    static constexpr int top_row = ABSMAX, opened_row = OUTPUT_ROWS + OPEN_INPUTS;
    static constexpr int counted_row = OUTPUT_ROWS + OPEN_ELEMENTS;
    static constexpr std::array rare_rows = {(int)ZEROS, (int)NONFINITE};
    static constexpr bool by_sample = Samples, counts = false, spreads = sizeof(C) == sizeof(float);
    struct Context {};

    Values<C> total{}, square{};
    Bits<C> top{};

    static constexpr auto sums() {
        return std::make_tuple(
            Sum<Rectified, Values<C>>{TOTAL, &Rectified::total},
            Sum<Rectified, Values<C>>{TOTAL_SQUARE, &Rectified::square});
    }
    static constexpr auto guard() { return &Rectified::top; }

    inline Lanes<C> add(Values<C> x, const Context &) {
        const Bits<C> bits = (Bits<C>)x;  // as numbers, those with a sign are below zero
        total += x;
        square += x * x;
        top = bits > top ? bits : top;
        return other_lanes<C>(bits);
    }
    // lanes that are not there hold zeros
    inline Lanes<C> add_some(Values<C> x, Lanes<C>, const Context &context) {
        return add(x, context);
    }
    inline void join(const Rectified &other) {
        total += other.total;
        square += other.square;
        top = other.top > top ? other.top : top;
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
        out[counted_row * stride] += open;
        if (x - x != 0) {
            out[NONFINITE * stride] += 1;
            return open;
        }
        out[TOTAL * stride] += x;
        out[TOTAL_SQUARE * stride] += x * x;
        if (out[ABSMAX * stride] < x) out[ABSMAX * stride] = x;
        return open;
    }
};

// Where an activation is open, by what it is given.
template <class C, bool Bounds, bool Samples> struct Open {
    using Compute = C;
    static constexpr int top_row = -1, opened_row = OPEN_INPUTS, counted_row = OPEN_ELEMENTS;
    static constexpr std::array rare_rows = {(int)OPEN_NONFINITE};
    static constexpr bool by_sample = Samples, counts = false, spreads = false;
    using Context = Closed;

    Values<C> nothing{};  // zero, but for what is not finite

    static constexpr std::tuple<> sums() { return {}; }
    static constexpr auto guard() { return &Open::nothing; }

    inline Lanes<C> add_some(Values<C> x, Lanes<C> lanes, const Closed &closed) {
        if constexpr (Bounds) {
            lanes &= above<C>(x, (C)closed.low) & below<C>(x, (C)closed.high);
        } else {
            for (int64_t i = 0; i < closed.count; ++i)
                lanes &= below<C>(x, (C)closed.pairs[2 * i]) |
                         above<C>(x, (C)closed.pairs[2 * i + 1]);
        }
        nothing += x * 0;
        return lanes;
    }
    inline Lanes<C> add(Values<C> x, const Closed &closed) {
        return add_some(x, all_lanes<C>(), closed);
    }
    inline void join(const Open &other) {
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

// A pass with a register that counts.
template <class P> struct Counting : P {
    using C = typename P::Compute;
    using Context = typename P::Context;
    static constexpr bool counts = true;

    Bits<C> counted{};

    static constexpr auto sums() {
        return std::tuple_cat(P::sums(), std::make_tuple(Sum<Counting, Bits<C>>{
                                             P::counted_row, &Counting::counted}));
    }

    inline Lanes<C> add(Values<C> x, const Context &context) {
        const Lanes<C> lanes = P::add(x, context);
        counted = count_in<C>(lanes, counted);
        return lanes;
    }
    inline Lanes<C> add_some(Values<C> x, Lanes<C> some, const Context &context) {
        const Lanes<C> lanes = P::add_some(x, some, context);
        counted = count_in<C>(lanes, counted);
        return lanes;
    }
    inline void join(const Counting &other) {
        P::join(other);
        counted += other.counted;
    }
};

}  // namespace
