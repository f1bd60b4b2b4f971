// What Python sees of the looks and of tallies.
#pragma once

#include <nanobind/nanobind.h>

namespace halfwave {

void bind_statistics(nanobind::module_ &module);

}  // namespace halfwave
