// Everything that is compiled once an instruction set and number of lanes. The includer defines LANES, VECTOR (floats in a
// register), TOGETHER (registers of one row worked on at a time), the tile sizes and the table's name.
#pragma clang fp contract(fast)

#define INLINE static inline __attribute__((always_inline))
#define UNROLL _Pragma("clang loop unroll(full)")

typedef float vf __attribute__((ext_vector_type(VECTOR), aligned(4)));
typedef int32_t vi __attribute__((ext_vector_type(VECTOR), aligned(4)));
typedef uint32_t vu __attribute__((ext_vector_type(VECTOR), aligned(4)));

INLINE vf load(const float *p) { return *(const vf *)p; }
INLINE void store(float *p, vf x) { *(vf *)p = x; }

#include "body_math.h"
#include "body_pack.h"
#include "body_lstm.h"
#include "body_affine.h"
#include "body_outer.h"
#include "body_elementwise.h"
#include "body_loss.h"

const rk_kernels TABLE = {
  TABLE_NAME, LANES, pack_gates, pack_rows, lstm_forward, lstm_backward, affine, outer,
  activate, activate_backward, loss, dropout, peak,
};
