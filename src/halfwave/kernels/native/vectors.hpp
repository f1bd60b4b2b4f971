// Vectors of one register each, in the compilers' own vector types. Included by the source
// files that are compiled once for each instruction set: everything here has internal linkage.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace {

#if defined(__AVX512F__)
constexpr int BYTES = 64;
#elif defined(__AVX2__)
constexpr int BYTES = 32;
#else
constexpr int BYTES = 16;
#endif

template <class C> struct Vector;

template <> struct Vector<float> {
    static constexpr int width = BYTES / 4;
    typedef float Values __attribute__((vector_size(BYTES)));
    typedef int32_t Bits __attribute__((vector_size(BYTES)));
    typedef uint16_t Halves __attribute__((vector_size(BYTES / 2)));
    typedef uint32_t Words __attribute__((vector_size(BYTES)));
    using Bit = int32_t;
    static constexpr int32_t magnitude = 0x7fffffff, infinity = 0x7f800000;
    // a sum of squares between these has lost nothing that counts
    static constexpr float small = 1e-29f, large = 1e37f;
};

template <> struct Vector<double> {
    static constexpr int width = BYTES / 8;
    typedef double Values __attribute__((vector_size(BYTES)));
    typedef int64_t Bits __attribute__((vector_size(BYTES)));
    using Bit = int64_t;
    static constexpr int64_t magnitude = 0x7fffffffffffffff, infinity = 0x7ff0000000000000;
    // nothing wider to go to
    static constexpr double small = 0, large = 1.7976931348623157e308;
};

template <class C> using Values = typename Vector<C>::Values;
template <class C> using Bits = typename Vector<C>::Bits;

template <class To, class From> inline To as(From from) {
    static_assert(sizeof(To) == sizeof(From), "same bits");
    To to;
    std::memcpy(&to, &from, sizeof to);
    return to;
}

inline bool any(Vector<float>::Bits mask) {
#if defined(__AVX512F__)
    return _mm512_test_epi32_mask((__m512i)mask, (__m512i)mask) != 0;
#elif defined(__AVX2__)
    return !_mm256_testz_si256((__m256i)mask, (__m256i)mask);
#elif defined(__SSE2__)
    return _mm_movemask_ps((__m128)mask) != 0;
#elif defined(__aarch64__)
    return vmaxvq_u32((uint32x4_t)mask) != 0;
#else
    int32_t found = 0;
    for (int i = 0; i < Vector<float>::width; ++i) found |= mask[i];
    return found != 0;
#endif
}

inline bool any(Vector<double>::Bits mask) { return any((Vector<float>::Bits)mask); }

// -- memory to registers ---------------------------------------------------------------------

struct Half { uint16_t bits; };   // IEEE binary16
struct Brain { uint16_t bits; };  // bfloat16

// Compute, the type that elements of T are computed in, and the bits of an element.
template <class T> struct Element { using Compute = float; using Bit = uint16_t; };
template <> struct Element<float> { using Compute = float; using Bit = uint32_t; };
template <> struct Element<double> { using Compute = double; using Bit = uint64_t; };

inline float wide(float value) { return value; }
inline double wide(double value) { return value; }
inline float wide(Brain value) { return as<float>((uint32_t)value.bits << 16); }
inline float wide(Half value) {
    uint32_t sign = (uint32_t)(value.bits & 0x8000) << 16, rest = value.bits & 0x7fff;
    if (rest >= 0x7c00) return as<float>(sign | 0x7f800000 | (rest & 0x3ff) << 13);
    if (rest >= 0x400) return as<float>(sign | ((rest << 13) + 0x38000000));
    float small = (float)rest * 0x1p-24f;
    return sign ? -small : small;
}

// Whether an element is zero by its bits: no mode of the processor has a say in it.
template <class T> inline bool is_zero(const T &value) {
    typename Element<T>::Bit bits;
    std::memcpy(&bits, &value, sizeof bits);
    return (typename Element<T>::Bit)(bits << 1) == 0;
}

inline Values<float> load(const float *from) {
    Values<float> values;
    std::memcpy(&values, from, sizeof values);
    return values;
}
inline Values<double> load(const double *from) {
    Values<double> values;
    std::memcpy(&values, from, sizeof values);
    return values;
}
inline Values<float> load(const Brain *from) {
    Vector<float>::Halves halves;
    std::memcpy(&halves, from, sizeof halves);
    return (Values<float>)(__builtin_convertvector(halves, Vector<float>::Words) << 16);
}
inline Values<float> load(const Half *from) {
#if defined(__AVX512F__)
    return (Values<float>)_mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)from));
#elif defined(__F16C__)
    return (Values<float>)_mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)from));
#elif defined(__aarch64__)
    return (Values<float>)vcvt_f32_f16(vld1_f16((const __fp16 *)from));
#else
    Values<float> values;
    for (int i = 0; i < Vector<float>::width; ++i) values[i] = wide(from[i]);
    return values;
#endif
}

// The first `count` elements, and zeros.
template <class T> inline Values<typename Element<T>::Compute> load_some(const T *from, int count) {
#if defined(__AVX512F__) && defined(__AVX512VL__)
    const uint32_t mask = (1u << count) - 1;
    if constexpr (sizeof(T) == 8) {
        return (Values<double>)_mm512_maskz_loadu_pd((__mmask8)mask, from);
    } else if constexpr (sizeof(T) == 4) {
        return (Values<float>)_mm512_maskz_loadu_ps((__mmask16)mask, from);
    } else {
        __m256i halves = _mm256_maskz_loadu_epi16((__mmask16)mask, from);
        return load(reinterpret_cast<const T *>(&halves));
    }
#else
    T padded[Vector<typename Element<T>::Compute>::width] = {};
    for (int i = 0; i < count; ++i) padded[i] = from[i];
    return load(padded);
#endif
}

// All bits set in the first `count` lanes.
template <class C> inline Bits<C> first_lanes(int count) {
    Bits<C> lane;
    for (int i = 0; i < Vector<C>::width; ++i) lane[i] = i;
    return lane < count;
}

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

// Add the first `count` lanes to doubles; or keep the larger of each pair.
template <class V> inline void add_lanes(double *out, V lanes, int count) {
    constexpr int W = sizeof lanes / sizeof lanes[0];
    typedef double Wide __attribute__((vector_size(W * sizeof(double))));
    if (count == W) {
        Wide sums;
        std::memcpy(&sums, out, sizeof sums);
        sums += __builtin_convertvector(lanes, Wide);
        std::memcpy(out, &sums, sizeof sums);
        return;
    }
    for (int i = 0; i < count; ++i) out[i] += (double)lanes[i];
}
template <class V> inline void top_lanes(double *out, V lanes, int count) {
    constexpr int W = sizeof lanes / sizeof lanes[0];
    typedef double Wide __attribute__((vector_size(W * sizeof(double))));
    if (count == W) {
        Wide most, now = __builtin_convertvector(lanes, Wide);
        std::memcpy(&most, out, sizeof most);
        most = most < now ? now : most;
        std::memcpy(out, &most, sizeof most);
        return;
    }
    for (int i = 0; i < count; ++i) out[i] = out[i] < (double)lanes[i] ? (double)lanes[i] : out[i];
}

// Whether any lane holds more than a zero of either sign.
template <class C> inline bool any_value(Bits<C> bits) {
    bits &= Vector<C>::magnitude;
#if defined(__AVX512F__)
    return any(bits);
#else
    return any((Bits<C>)(bits != 0));  // it looks at one bit of each lane
#endif
}

// One more in every lane that holds a zero of either sign.
inline Bits<float> count_nothing(Bits<float> count, Bits<float> bits) {
#if defined(__AVX512F__)
    const __mmask16 zero =
        _mm512_testn_epi32_mask((__m512i)bits, _mm512_set1_epi32(Vector<float>::magnitude));
    return (Bits<float>)_mm512_mask_add_epi32((__m512i)count, zero, (__m512i)count,
                                              _mm512_set1_epi32(1));
#else
    return count - ((bits & Vector<float>::magnitude) == 0);
#endif
}
inline Bits<double> count_nothing(Bits<double> count, Bits<double> bits) {
#if defined(__AVX512F__)
    const __mmask8 zero =
        _mm512_testn_epi64_mask((__m512i)bits, _mm512_set1_epi64(Vector<double>::magnitude));
    return (Bits<double>)_mm512_mask_add_epi64((__m512i)count, zero, (__m512i)count,
                                               _mm512_set1_epi64(1));
#else
    return count - ((bits & Vector<double>::magnitude) == 0);
#endif
}

// One more in every lane whose bits are all zero.
inline Bits<float> count_zeros(Bits<float> count, Bits<float> bits) {
#if defined(__AVX512F__)
    const __m512i c = (__m512i)count, b = (__m512i)bits;
    return (Bits<float>)_mm512_mask_add_epi32(c, _mm512_testn_epi32_mask(b, b), c,
                                              _mm512_set1_epi32(1));
#else
    return count - (bits == 0);
#endif
}
inline Bits<double> count_zeros(Bits<double> count, Bits<double> bits) {
#if defined(__AVX512F__)
    const __m512i c = (__m512i)count, b = (__m512i)bits;
    return (Bits<double>)_mm512_mask_add_epi64(c, _mm512_testn_epi64_mask(b, b), c,
                                               _mm512_set1_epi64(1));
#else
    return count - (bits == 0);
#endif
}

}  // namespace
