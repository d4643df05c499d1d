// Everything that is compiled once an instruction set. The includer defines WIDE and NARROW (floats in the vectors used:
// as many wide ones as fit, then narrow ones), CELL_ROWS (rows of gates in registers at a time), OUTER_ROWS and OUTER_VECTORS
// (the tile of a sum of outer products), MATRIX_VECTORS (the widest tile of a product), TALL_VECTORS (the widest that may have
// eight rows) and the table's name.
#pragma clang fp contract(fast)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")
#define JOIN_(a, b) a##_##b
#define JOIN(a, b) JOIN_(a, b)
// A name of its own for each width of vector.
#define AT(name) JOIN(name, VECTOR)

#define VECTOR NARROW
#include "body_vector.h"
#if WIDE != NARROW
#undef VECTOR
#define VECTOR WIDE
#include "body_vector.h"
#endif

#include "body_pack.h"
#include "body_lstm.h"
#include "body_affine.h"
#include "body_outer.h"
#include "body_activation.h"
#include "body_loss.h"
#include "body_peak.h"
#include "body_orthonormal.h"

const rk_kernels TABLE = {
  TABLE_NAME, gate_width, pack_gates, pack_back, pack_matrix, lstm_forward, lstm_backward, affine, outer,
  activate, activate_backward, loss, JOIN(dropout, NARROW), JOIN(gather, NARROW), orthonormalize, peak,
};
