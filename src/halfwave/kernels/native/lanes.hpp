// Some of a register's lanes: a bit a lane in a mask register where there are some, else all bits
// of a lane.
#pragma once

#include "vectors.hpp"

namespace {

#if defined(__AVX512F__)
#define HALFWAVE_WORDS
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

// Lanes that hold a zero of either sign; the other ones.
template <class C> inline Lanes<C> zero_lanes(Bits<C> bits) {
#if defined(__AVX512F__)
    const __m512i all = (__m512i)bits, size = (__m512i)(Bits<C>{} + Vector<C>::magnitude);
    if constexpr (sizeof(C) == 4)
        return _mm512_testn_epi32_mask(all, size);
    else
        return _mm512_testn_epi64_mask(all, size);
#else
    return (bits & Vector<C>::magnitude) == 0;
#endif
}
template <class C> inline Lanes<C> other_lanes(Bits<C> bits) {
#if defined(__AVX512F__)
    const __m512i all = (__m512i)bits, size = (__m512i)(Bits<C>{} + Vector<C>::magnitude);
    if constexpr (sizeof(C) == 4)
        return _mm512_test_epi32_mask(all, size);
    else
        return _mm512_test_epi64_mask(all, size);
#else
    return (bits & Vector<C>::magnitude) != 0;
#endif
}

// Lanes where x is smaller, or larger, than a limit; none where there is a NaN.
template <class C> inline Lanes<C> below(Values<C> x, C high) {
#if defined(__AVX512F__)
    if constexpr (sizeof(C) == 4)
        return _mm512_cmp_ps_mask((__m512)x, _mm512_set1_ps(high), _CMP_LT_OQ);
    else
        return _mm512_cmp_pd_mask((__m512d)x, _mm512_set1_pd(high), _CMP_LT_OQ);
#else
    return x < high;
#endif
}
template <class C> inline Lanes<C> above(Values<C> x, C low) {
#if defined(__AVX512F__)
    if constexpr (sizeof(C) == 4)
        return _mm512_cmp_ps_mask((__m512)x, _mm512_set1_ps(low), _CMP_GT_OQ);
    else
        return _mm512_cmp_pd_mask((__m512d)x, _mm512_set1_pd(low), _CMP_GT_OQ);
#else
    return x > low;
#endif
}

// One more in each of the lanes.
template <class C> inline Bits<C> count_in(Lanes<C> lanes, Bits<C> count) {
#if defined(__AVX512F__)
    const __m512i c = (__m512i)count;
    if constexpr (sizeof(C) == 4)
        return (Bits<C>)_mm512_mask_add_epi32(c, lanes, c, _mm512_set1_epi32(1));
    else
        return (Bits<C>)_mm512_mask_add_epi64(c, lanes, c, _mm512_set1_epi64(1));
#else
    return count - lanes;
#endif
}

// Whether there are any lanes: a word that is zero if not, the lanes themselves if they are a word.
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

#if defined(HALFWAVE_WORDS)
// Of rows of words, a word for each of `count` units (a multiple of 32): how many lanes there are in
// each unit's words is added to `lanes`, how many of the words have any to `opened`.
inline void count_words(const uint16_t *words, int64_t rows, int64_t count, uint16_t *lanes,
                        uint16_t *opened) {
    // of the bits of half a byte, from a table; with the other half's; with the other byte's
    const __m512i table = _mm512_broadcast_i32x4(
        _mm_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4));
    const __m512i half = _mm512_set1_epi8(15), one = _mm512_set1_epi8(1);
    for (int64_t u = 0; u < count; u += 32) {
        __m512i all = _mm512_loadu_si512(lanes + u), open = _mm512_loadu_si512(opened + u);
        for (int64_t r = 0; r < rows; ++r) {
            const __m512i bits = _mm512_loadu_si512(words + r * count + u);
            const __m512i low = _mm512_and_si512(bits, half);
            const __m512i high = _mm512_and_si512(_mm512_srli_epi16(bits, 4), half);
            const __m512i bytes = _mm512_add_epi8(_mm512_shuffle_epi8(table, low),
                                                  _mm512_shuffle_epi8(table, high));
            all = _mm512_add_epi16(all, _mm512_maddubs_epi16(bytes, one));
            open = _mm512_mask_add_epi16(open, _mm512_test_epi16_mask(bits, bits), open,
                                         _mm512_set1_epi16(1));
        }
        _mm512_storeu_si512(lanes + u, all);
        _mm512_storeu_si512(opened + u, open);
    }
}
#endif

}  // namespace
