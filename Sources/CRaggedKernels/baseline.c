// The instructions that every processor of the architecture has: SSE2 on x86-64, NEON on arm64.
#include "include/ragged_kernels.h"

#define WIDE 4
#define NARROW 4
#define CELL_ROWS 2
#define OUTER_ROWS 6
#define OUTER_VECTORS 2
#define MATRIX_VECTORS 2
#define TALL_VECTORS 1
#define TABLE rk_baseline
#define TABLE_NAME "baseline"
#include "body.h"
