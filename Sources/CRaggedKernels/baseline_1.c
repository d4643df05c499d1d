#include "include/ragged_kernels.h"

#define VECTOR 4
#define TABLE rk_baseline_1
#define TABLE_NAME "baseline"
#include "body_single.h"
