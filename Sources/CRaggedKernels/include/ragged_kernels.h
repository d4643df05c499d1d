// The inner loops of training: one body, compiled for several instruction sets, chosen at run time.
//
// Every buffer of a block is laid out [steps][rows][lanes]: sixteen lanes, or eight for small batches, each a sequence (or
// several, end to end), side by side in memory, so that one vector instruction does the same arithmetic for all of them. A
// stride is the distance in floats from one timestep to the next; it may be negative, which runs a layer backwards in
// time.
#pragma once
#include <stdint.h>

// One direction of an LSTM over a run of timesteps (Hochreiter and Schmidhuber 1997, with forget gates).
// Gate rows are interleaved: row 4j+g is gate g (i f g o, Keras' i f c o) of unit j.
typedef struct {
  int64_t inputs, units, steps;
  const float *weights;            // from pack_gates
  const float *bias;               // [4H]
  const float *x;                  // [steps][F][lanes]
  const float *h0, *c0;            // [H][lanes], the state before the first step; null: zeros
  float *gates;                    // [steps][4H][lanes], out: gate activations
  float *c, *tanh_c;               // [steps][H][lanes], out
  float *h;                        // [steps][H][lanes], out
  int64_t x_stride, gate_stride, c_stride, h_stride;
} rk_lstm_forward;

// The way back over the same run, from the last step to the first.
typedef struct {
  int64_t units, steps;
  const float *weights;            // from pack_rows: the recurrent kernel, [H] rows over [4H] columns
  const float *d_out;              // [steps][H][lanes], gradient of h from above
  float *gates;                    // in: activations; out: gradient of the gates' pre-activations
  const float *c, *h;
  float *tanh_c;                   // in: tanh(c); out: h of the step before, for the weights' gradient
  const float *h0, *c0;            // as given to the forward run
  const float *dh_next;            // [H][lanes], gradient of the last h from the run after; null: zeros
  float *dc;                       // [H][lanes], in: gradient of the last c; out: of c0
  float *dh_prev;                  // [H][lanes], out: gradient of h0; null: not wanted
  int64_t d_out_stride, gate_stride, c_stride, h_stride;
} rk_lstm_backward;

// y[t][m] = bias[m] + sum over k of w[m][k] x[t][k].
typedef struct {
  int64_t inputs, outputs, steps;
  const float *weights;            // from pack_rows: [outputs] rows over [inputs] columns
  const float *bias;               // [outputs]; null: zeros
  const float *x;
  float *y;
  int64_t x_stride, y_stride;
} rk_affine;

// out[k][n] += sum over timesteps and lanes of a[t][k] b[t][n]; with a null `a`, out[n] += sum of b[t][n].
typedef struct {
  int64_t rows, columns, steps;
  const float *a, *b;
  float *out;
  int64_t a_stride, b_stride, out_stride;
} rk_outer;

enum { RK_LINEAR = 0, RK_RELU = 1, RK_SIGMOID = 2, RK_TANH = 3, RK_SOFTMAX = 4 };

enum { RK_CATEGORICAL = 0, RK_BINARY = 1, RK_SQUARED = 2, RK_ABSOLUTE = 3 };

// A loss over [steps][width][lanes] outputs. Lanes whose weight is 0 add nothing and get a zero gradient.
typedef struct {
  int64_t width, steps;
  int32_t loss;
  const float *y;                  // outputs of the network
  const float *weight;             // [steps][lanes]
  const int32_t *classes;          // [steps][lanes], or null
  const float *values;             // [steps][width][lanes], where classes is null
  float *d_y;                      // out: gradient; null: not wanted
  float scale;                     // multiplies the gradient
  int64_t y_stride, value_stride;
  double loss_sum;                 // out: sum of weight * loss
  double hits, counted;            // out: lanes whose prediction is right, lanes of weight above 0
  const float *real;               // [steps][lanes], 1 for lanes that count in the metric
} rk_loss;

// y = x, or 0 with probability threshold / 2^32, kept values scaled: the pattern follows from the seed of a lane and
// timestep and the row alone.
typedef struct {
  int64_t rows, steps;
  const float *x;
  float *y;
  const uint32_t *seeds;           // [steps][lanes]
  uint32_t threshold;
  float scale;
  int64_t x_stride, y_stride;
} rk_dropout;

typedef struct {
  const char *name;
  int64_t lanes;
  void (*pack_gates)(const float *source, int64_t inputs, int64_t units, float *packed);
  void (*pack_rows)(const float *source, int64_t rows, int64_t columns, int64_t row_stride, int64_t column_stride,
                    float *packed);
  void (*lstm_forward)(const rk_lstm_forward *);
  void (*lstm_backward)(const rk_lstm_backward *);
  void (*affine)(const rk_affine *);
  void (*outer)(const rk_outer *);
  void (*activate)(int32_t activation, float *y, int64_t rows, int64_t steps, int64_t stride);
  void (*activate_backward)(int32_t activation, const float *y, float *d, int64_t rows, int64_t steps,
                            int64_t y_stride, int64_t d_stride);
  void (*loss)(rk_loss *);
  void (*dropout)(const rk_dropout *);
  double (*peak)(int64_t repeats); // floating-point operations done by a loop of independent FMAs
} rk_kernels;

// The kernels named "avx512", "avx2" or "baseline" for 16, 8 or 1 lanes; null where the processor does not have the
// instructions. Those for one lane go forward only: what they cannot do is null.
const rk_kernels *rk_kernels_named(const char *name, int64_t lanes);
