// What is compiled once a width of vector: VECTOR floats.
#define vf AT(vf)
#define vi AT(vi)
#define vu AT(vu)
#define vd AT(vd)
#define load AT(load)
#define store AT(store)

typedef float vf __attribute__((ext_vector_type(VECTOR), aligned(4)));
typedef int32_t vi __attribute__((ext_vector_type(VECTOR), aligned(4)));
typedef double vd __attribute__((ext_vector_type(VECTOR), aligned(8)));
typedef uint32_t vu __attribute__((ext_vector_type(VECTOR), aligned(4)));

INLINE vf load(const float *p) { return *(const vf *)p; }
INLINE void store(float *p, vf x) { *(vf *)p = x; }

#include "body_math.h"
#include "body_cells.h"
#include "body_gradients.h"
#include "body_product.h"
#include "body_tile.h"
#include "body_dropout.h"
#include "body_gather.h"
#include "body_rows.h"
