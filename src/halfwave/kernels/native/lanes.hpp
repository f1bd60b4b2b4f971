// Some of a register's lanes: a bit a lane in a mask register where there are some, else all bits
// of a lane.
#pragma once

#include "vectors.hpp"

namespace {

#if defined(__AVX512F__)
template <class C> struct MaskOf { using Type = __mmask16; };
template <> struct MaskOf<double> { using Type = __mmask8; };
template <class C> using Lanes = typename MaskOf<C>::Type;
#else
template <class C> using Lanes = Bits<C>;
#endif
template <class C> inline Lanes<C> all_lanes() { return (Lanes<C>)~Lanes<C>{}; }
template <class C> inline Lanes<C> first_lanes(int count) {
#if defined(__AVX512F__)
    return (Lanes<C>)((1u << count) - 1);
#else
    Bits<C> lane;
    for (int i = 0; i < Vector<C>::width; ++i) lane[i] = i;
    return lane < count;
#endif
}

// Lanes that hold a zero of either sign.
inline Lanes<float> zero_lanes(Bits<float> bits) {
#if defined(__AVX512F__)
    return _mm512_testn_epi32_mask((__m512i)bits, _mm512_set1_epi32(Vector<float>::magnitude));
#else
    return (bits & Vector<float>::magnitude) == 0;
#endif
}
inline Lanes<double> zero_lanes(Bits<double> bits) {
#if defined(__AVX512F__)
    return _mm512_testn_epi64_mask((__m512i)bits, _mm512_set1_epi64(Vector<double>::magnitude));
#else
    return (bits & Vector<double>::magnitude) == 0;
#endif
}

// The other lanes.
inline Lanes<float> other_lanes(Bits<float> bits) {
#if defined(__AVX512F__)
    return _mm512_test_epi32_mask((__m512i)bits, _mm512_set1_epi32(Vector<float>::magnitude));
#else
    return (bits & Vector<float>::magnitude) != 0;
#endif
}
inline Lanes<double> other_lanes(Bits<double> bits) {
#if defined(__AVX512F__)
    return _mm512_test_epi64_mask((__m512i)bits, _mm512_set1_epi64(Vector<double>::magnitude));
#else
    return (bits & Vector<double>::magnitude) != 0;
#endif
}

// Lanes where one is smaller than the other; none where there is a NaN.
inline Lanes<float> below(Values<float> x, float high) {
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask((__m512)x, _mm512_set1_ps(high), _CMP_LT_OQ);
#else
    return x < high;
#endif
}
inline Lanes<float> below(float low, Values<float> x) {
#if defined(__AVX512F__)
    return _mm512_cmp_ps_mask((__m512)x, _mm512_set1_ps(low), _CMP_GT_OQ);
#else
    return x > low;
#endif
}
inline Lanes<double> below(Values<double> x, double high) {
#if defined(__AVX512F__)
    return _mm512_cmp_pd_mask((__m512d)x, _mm512_set1_pd(high), _CMP_LT_OQ);
#else
    return x < high;
#endif
}
inline Lanes<double> below(double low, Values<double> x) {
#if defined(__AVX512F__)
    return _mm512_cmp_pd_mask((__m512d)x, _mm512_set1_pd(low), _CMP_GT_OQ);
#else
    return x > low;
#endif
}

// One more in each of the lanes.
inline Bits<float> count_in(Lanes<float> lanes, Bits<float> count) {
#if defined(__AVX512F__)
    const __m512i c = (__m512i)count;
    return (Bits<float>)_mm512_mask_add_epi32(c, lanes, c, _mm512_set1_epi32(1));
#else
    return count - lanes;
#endif
}
inline Bits<double> count_in(Lanes<double> lanes, Bits<double> count) {
#if defined(__AVX512F__)
    const __m512i c = (__m512i)count;
    return (Bits<double>)_mm512_mask_add_epi64(c, lanes, c, _mm512_set1_epi64(1));
#else
    return count - lanes;
#endif
}

// Whether there are any lanes: a word that is zero if not.
template <class C> inline uint16_t lanes_word(Lanes<C> lanes) {
#if defined(__AVX512F__)
    return lanes;
#else
    return any((Bits<C>)lanes);
#endif
}

// Whether two registers are not the same: a word that is zero if they are.
template <class C> inline uint16_t differ(Bits<C> one, Bits<C> other) {
#if defined(__AVX512F__)
    return _mm512_cmpneq_epi32_mask((__m512i)one, (__m512i)other);
#else
    return any((Bits<C>)(one != other));
#endif
}

}  // namespace
