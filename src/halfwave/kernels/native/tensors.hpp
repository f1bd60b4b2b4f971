// Torch's tensors, read without linking to torch: through the table of functions that DLPack
// has frameworks exchange. Torch 2.10 and later have it; older ones tell Python the same.
#pragma once

#include <Python.h>

#include "view.hpp"

namespace halfwave {

struct Tensor {
    const void *data = nullptr;
    Type type = Type::f32;
    int rank = 0;
    const int64_t *sizes = nullptr, *strides = nullptr;  // the tensor's own

    int64_t elements() const {
        int64_t count = 1;
        for (int i = 0; i < rank; ++i) count *= sizes[i];
        return count;
    }
};

// Take the table from its capsule, and the classes whose objects are plain tensors. False: it
// is of a kind that is not known here.
bool know_tensors(PyObject *capsule, PyObject *types);

// Tell where a tensor lies. False: not in plain main memory, or of a type that is not read here.
bool tell(PyObject *tensor, Tensor &found);

}  // namespace halfwave
