#include "reading.hpp"

#include <algorithm>

namespace halfwave {
namespace {

// Put together what lies in memory as one dimension would; order does not matter to a sum.
std::vector<Dimension> collapsed(std::vector<Dimension> dims, bool keep_order) {
    dims.erase(std::remove_if(dims.begin(), dims.end(), [](auto &d) { return d.size == 1; }),
               dims.end());
    if (!keep_order)
        std::stable_sort(dims.begin(), dims.end(),
                         [](auto &a, auto &b) { return a.stride > b.stride; });
    std::vector<Dimension> merged;
    for (const Dimension &dim : dims) {
        if (!merged.empty() && merged.back().stride == dim.stride * dim.size)
            merged.back() = {merged.back().size * dim.size, dim.stride};
        else
            merged.push_back(dim);
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

bool read_as(View &view, const std::vector<Dimension> &shape, int unit_dim, bool samples) {
    const bool whole = unit_dim < 0 || shape.empty();
    view.units = whole ? 1 : shape[unit_dim].size;
    view.unit_stride = whole ? 0 : shape[unit_dim].stride;
    std::vector<Dimension> before, after;
    for (int i = 0; i < (int)shape.size(); ++i)
        if (whole || i != unit_dim) (i < unit_dim ? before : after).push_back(shape[i]);
    if (samples) {
        before = collapsed(before, true);
        after = collapsed(after, false);
        if (before.size() > 1 || after.size() > 1) return false;
        set_loops(view, before.empty() ? ONCE : before[0], after.empty() ? ONCE : after[0]);
    } else {
        before.insert(before.end(), after.begin(), after.end());
        before = collapsed(before, false);
        if (before.size() > 2) return false;
        set_loops(view, before.size() < 2 ? ONCE : before[0], before.empty() ? ONCE : before.back());
    }
    const bool runs = view.inner_stride == 1 || view.inner == 1;
    view.lanes = view.units > 1 && (view.unit_stride == 1 || view.units == 1);
    return view.lanes || runs;
}

}  // namespace halfwave
