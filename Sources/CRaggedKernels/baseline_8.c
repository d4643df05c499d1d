// The instructions that every processor of the architecture has: SSE2 on x86-64, NEON on arm64.
#include "include/ragged_kernels.h"

#define LANES 8
#define VECTOR 4
#define TOGETHER 1
#define UNIT_TILE 2
#define ROW_TILE 8
#define OUTER_TILE 3
#define TABLE rk_baseline_8
#define TABLE_NAME "baseline"
#include "body.h"
