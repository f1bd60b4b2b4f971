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

// a register is one only if the loop over registers is gone
#if defined(__clang__)
#define HALFWAVE_UNROLL _Pragma("unroll")
#else
#define HALFWAVE_UNROLL _Pragma("GCC unroll 8")
#endif

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

// How many registers' worth of columns, or of a run, go on at a time.
#if defined(__AVX512F__)
constexpr int AT_ONCE = 4;
#else
constexpr int AT_ONCE = 2;
#endif

// -- memory to registers ---------------------------------------------------------------------

struct Half { uint16_t bits; };   // IEEE binary16
struct Brain { uint16_t bits; };  // bfloat16

// Compute, the type that elements of T are computed in, and the bits of an element.
template <class T> struct Element { using Compute = float; using Bit = uint16_t; };
template <> struct Element<float> { using Compute = float; using Bit = uint32_t; };
template <> struct Element<double> { using Compute = double; using Bit = uint64_t; };

template <class T> using ComputeOf = typename Element<T>::Compute;

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

}  // namespace
