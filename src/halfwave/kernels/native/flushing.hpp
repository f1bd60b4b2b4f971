// What registers have kept goes to doubles. A pass names its `sums`, each with the row that it
// goes to, the row of its largest element, if that is kept, and those that seldom have anything.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include "vectors.hpp"

namespace {

// The lanes of a register in their own type, two halves at a time.
template <class E, int size, class Join>
inline E fold(const void *lanes, Join join) {
    if constexpr (size == sizeof(E)) {
        E value;
        std::memcpy(&value, lanes, sizeof value);
        return value;
    } else {
        constexpr int half = size / 2;
        typedef E Part __attribute__((vector_size(half)));
        Part low, high;
        std::memcpy(&low, lanes, half);
        std::memcpy(&high, static_cast<const char *>(lanes) + half, half);
        low = join(low, high);
        return fold<E, half>(&low, join);
    }
}

inline double sum_lanes(Values<float> v) {
    return fold<float, BYTES>(&v, [](auto a, auto b) { return a + b; });
}
inline double sum_lanes(Values<double> v) {
    return fold<double, BYTES>(&v, [](auto a, auto b) { return a + b; });
}
inline double sum_lanes(Bits<float> v) {
    return fold<int32_t, BYTES>(&v, [](auto a, auto b) { return a + b; });
}
inline double sum_lanes(Bits<double> v) {
    return (double)fold<int64_t, BYTES>(&v, [](auto a, auto b) { return a + b; });
}
template <class C> inline double largest(Bits<C> v) {
    using Bit = typename Vector<C>::Bit;
    return as<C>(fold<Bit, BYTES>(&v, [](auto a, auto b) { return a > b ? a : b; }));
}

inline void keep(double *to, Values<double> values) { std::memcpy(to, &values, sizeof values); }

// As many lanes as there are doubles in a register, as doubles. (Vectors wider than a register
// would be compared lane by lane.)
template <class V> inline Values<double> doubles_of(const V &lanes, int from) {
    using E = std::decay_t<decltype(lanes[0])>;
    typedef E Part __attribute__((vector_size(Vector<double>::width * sizeof(E))));
    Part part;
    std::memcpy(&part, reinterpret_cast<const char *>(&lanes) + from * sizeof(E), sizeof part);
    return __builtin_convertvector(part, Values<double>);
}

#if defined(__AVX512DQ__)
// GCC takes such a register through memory, and converts a quarter of it at a time.
inline Values<double> doubles_of(const Values<float> &lanes, int from) {
    const __m512 all = (__m512)lanes;
    return (Values<double>)_mm512_cvtps_pd(from ? _mm512_extractf32x8_ps(all, 1)
                                                : _mm512_castps512_ps256(all));
}
inline Values<double> doubles_of(const Bits<float> &lanes, int from) {
    const __m512i all = (__m512i)lanes;
    return (Values<double>)_mm512_cvtepi32_pd(from ? _mm512_extracti32x8_epi32(all, 1)
                                                   : _mm512_castsi512_si256(all));
}
#endif

// Put the first `count` lanes in the place of doubles.
template <class V> inline void put_lanes(double *out, const V &lanes, int count) {
    constexpr int W = sizeof lanes / sizeof lanes[0], D = Vector<double>::width;
    if (count == W)
        for (int i = 0; i < W; i += D) keep(out + i, doubles_of(lanes, i));
    else
        for (int i = 0; i < count; ++i) out[i] = (double)lanes[i];
}
// Add them to doubles; or keep the larger of each pair.
template <class V> inline void add_lanes(double *out, const V &lanes, int count) {
    constexpr int W = sizeof lanes / sizeof lanes[0], D = Vector<double>::width;
    if (count == W)
        for (int i = 0; i < W; i += D) keep(out + i, load(out + i) + doubles_of(lanes, i));
    else
        for (int i = 0; i < count; ++i) out[i] += (double)lanes[i];
}
template <class V> inline void top_lanes(double *out, const V &lanes, int count) {
    constexpr int W = sizeof lanes / sizeof lanes[0], D = Vector<double>::width;
    if (count == W)
        for (int i = 0; i < W; i += D) {
            const Values<double> now = doubles_of(lanes, i), most = load(out + i);
            keep(out + i, most < now ? now : most);
        }
    else
        for (int i = 0; i < count; ++i)
            out[i] = out[i] < (double)lanes[i] ? (double)lanes[i] : out[i];
}

// -- what a pass has kept -----------------------------------------------------------------------

template <class P, class V> struct Sum {
    int row;
    V P::*kept;
};

// Put zeros into all rows of a pass, of so many units; or into those only that `careful` alone
// adds to.
template <class P> inline void clear_rare(double *out, int64_t stride, int64_t units) {
    for (int row : P::rare_rows) std::fill_n(out + row * stride, units, 0.0);
}
template <class P> inline void clear(double *out, int64_t stride, int64_t units) {
    const auto zero = [&](int row) { std::fill_n(out + row * stride, units, 0.0); };
    std::apply([&](auto... sums) { (zero(sums.row), ...); }, P::sums());
    if constexpr (P::top_row >= 0) zero(P::top_row);
    if constexpr (P::by_sample) zero(P::opened_row);
    clear_rare<P>(out, stride, units);
}

// Put the first `count` lanes in the place of the figures of as many units.
template <class P> inline void put(const P &from, double *out, int64_t stride, int count) {
    const auto put_one = [&](int row, const auto &lanes) {
        put_lanes(out + row * stride, lanes, count);
    };
    std::apply([&](auto... sums) { (put_one(sums.row, from.*sums.kept), ...); }, P::sums());
    if constexpr (P::top_row >= 0)
        put_one(P::top_row, (Values<typename P::Compute>)from.top);
    clear_rare<P>(out, stride, count);
}

// Add them to the figures.
template <class P>
inline void flush_lanes(const P &from, double *out, int64_t stride, int count) {
    const auto add = [&](auto sum) { add_lanes(out + sum.row * stride, from.*sum.kept, count); };
    std::apply([&](auto... sums) { (add(sums), ...); }, P::sums());
    if constexpr (P::top_row >= 0)
        top_lanes(out + P::top_row * stride, (Values<typename P::Compute>)from.top, count);
}

// Add all lanes to the figures of one unit.
template <class P> inline void flush(const P &from, double *out, int64_t stride) {
    const auto add = [&](auto sum) { out[sum.row * stride] += sum_lanes(from.*sum.kept); };
    std::apply([&](auto... sums) { (add(sums), ...); }, P::sums());
    if constexpr (P::top_row >= 0) {
        const double high = largest<typename P::Compute>(from.top);
        double &most = out[P::top_row * stride];
        most = most < high ? high : most;
    }
}

// -- registers of one unit each, to a lane for each unit ------------------------------------------

#if defined(__has_builtin)
#if __has_builtin(__builtin_shufflevector)
#define HALFWAVE_SHUFFLES
#endif
#endif

// Which lane of two registers, one after the other, is taken to a lane: blocks of `size` lanes,
// from the one and the other in turn, the block at its place or the one beside it.
constexpr int lane_from(int lane, int size, int width, bool beside) {
    return (beside ? lane ^ size : lane) + ((lane / size) & 1 ? width : 0);
}

template <int size, bool beside, class V, int... lane>
inline V blocks(const V &one, const V &other, std::integer_sequence<int, lane...>) {
    constexpr int W = sizeof...(lane);
#if defined(HALFWAVE_SHUFFLES)
    return __builtin_shufflevector(one, other, lane_from(lane, size, W, beside)...);
#else
    const auto at = [&](int from) { return from < W ? one[from] : other[from - W]; };
    return V{at(lane_from(lane, size, W, beside))...};
#endif
}

template <int size, bool beside, class P>
__attribute__((always_inline)) inline P blocks_of(const P &one, const P &other) {
    using Lane = std::make_integer_sequence<int, Vector<typename P::Compute>::width>;
    P all;
    const auto take = [&](auto kept) __attribute__((always_inline)) {
        all.*kept = blocks<size, beside>(one.*kept, other.*kept, Lane{});
    };
    take(P::guard());
    std::apply([&](auto... sums) { (take(sums.kept), ...); }, P::sums());
    return all;
}

// Passes of one unit each, as many as they have lanes, as one with a lane for each unit: all that lie
// `size` apart, for the whole with `size` 1.
template <int size, class P> __attribute__((always_inline)) inline P turned(const P *kept) {
    if constexpr (size == Vector<typename P::Compute>::width) {
        return *kept;
    } else {
        const P one = turned<2 * size>(kept), other = turned<2 * size>(kept + size);
        P all = blocks_of<size, false>(one, other);
        all.join(blocks_of<size, true>(one, other));
        return all;
    }
}

}  // namespace
