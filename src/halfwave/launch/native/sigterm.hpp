// Our say before SIGTERM ends the process, unseen by the program.
#pragma once

#include <nanobind/nanobind.h>

namespace halfwave {

void bind_sigterm(nanobind::module_ &module);

}  // namespace halfwave
