#include "reading.hpp"

#include <algorithm>

namespace halfwave {
namespace {

// Put together what lies in memory as one dimension would; order does not matter to a sum.
Dimensions collapsed(Dimensions dims, bool keep_order) {
    if (!keep_order)  // few, and nearly always in order already
        for (Dimension *one = dims.begin(); one != dims.end(); ++one)
            std::rotate(std::upper_bound(dims.begin(), one, *one,
                                         [](auto &a, auto &b) { return a.stride > b.stride; }),
                        one, one + 1);
    Dimensions merged;
    for (const Dimension &dim : dims) {
        if (dim.size == 1) continue;
        if (merged.size() && merged.last().stride == dim.stride * dim.size)
            merged.last() = {merged.last().size * dim.size, dim.stride};
        else
            merged.add(dim);
    }
    return merged;
}

void set_loops(View &view, Dimension outer, Dimension inner) {
    view.outer = outer.size;
    view.outer_stride = outer.stride;
    view.inner = inner.size;
    view.inner_stride = inner.stride;
}

constexpr Dimension ONCE = {1, 1};

}  // namespace

bool read_as(View &view, const Dimensions &shape, int unit_dim, bool samples) {
    const bool whole = unit_dim < 0 || shape.size() == 0;
    const Dimension unit = whole ? Dimension{1, 0} : shape.begin()[unit_dim];
    view.units = unit.size;
    view.unit_stride = unit.stride;
    Dimensions before, after;  // without samples, all are in `before`
    for (int i = 0; i < shape.size(); ++i)
        if (whole || i != unit_dim)
            (i < unit_dim || !samples ? before : after).add(shape.begin()[i]);
    before = collapsed(before, samples);
    if (samples) {
        after = collapsed(after, false);
        if (before.size() > 1 || after.size() > 1) return false;
        set_loops(view, before.size() ? before.last() : ONCE, after.size() ? after.last() : ONCE);
    } else {
        if (before.size() > 2) return false;
        set_loops(view, before.size() < 2 ? ONCE : *before.begin(),
                  before.size() ? before.last() : ONCE);
    }
    const bool runs = view.inner_stride == 1 || view.inner == 1;
    view.lanes = view.units > 1 && (view.unit_stride == 1 || view.units == 1);
    return view.lanes || runs;
}

}  // namespace halfwave
