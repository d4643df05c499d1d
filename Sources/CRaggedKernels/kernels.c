#include "include/ragged_kernels.h"
