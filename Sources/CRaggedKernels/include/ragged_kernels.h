// The inner loops of training: one body, compiled for several instruction sets, chosen at run time.
//
// A block is a few sequences, longest first. Its real timesteps lie one after the other, time-major: those of all
// sequences that have a first timestep, then those of all that have a second, and so on. `starts[t]` is the first row of
// timestep t, so that starts[t + 1] - starts[t] sequences are as long as that, and starts[steps] rows are all there are.
// There is no row for padding. Every buffer is a matrix [rows][stride]; vectors run along a row.
//
// Vectors are read and written whole: a row of states, gates, outputs or their gradients is touched up to the next multiple
// of rk_vector numbers, with anything in what is more than its width. Weights before packing, biases, targets, sums of
// outer products and scratch are touched up to their last number alone.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Swift's Int.
typedef ptrdiff_t rk_int;

// What is left of a row for the last vector is at most this wide.
enum { rk_vector = 8 };

// One direction of an LSTM over a block (Hochreiter and Schmidhuber 1997, with forget gates; gates i f g o, Keras' i f c o).
//
// `gates` holds the four gates of a group of units side by side, then the next group's; only the kernels know its order.
typedef struct {
  rk_int inputs, units, steps;
  int32_t backwards;               // reads every sequence from its end
  const rk_int *starts;            // [steps + 1]
  const float *weights;            // from pack_gates: kernel over recurrent kernel, [F + H] rows
  const float *bias;               // from pack_gates, one row
  const float *recurrent;          // from pack_back: the recurrent kernel, for the way back
  const float *x;                  // [rows][F]
  const float *h0, *c0;            // [sequences][H], the state before each sequence; null: zeros
  float *gates;                    // activations; after the way back, gradients of the pre-activations; null: not kept
  float *c;                        // [rows][H]
  float *tanh_c;                   // [rows][H], after the way back h of the step before; null: not kept
  float *h;                        // [rows][H]
  const float *d_h;                // [rows][H], the gradient of h from above
  float *d_c;                      // [sequences][H], out of the way back: the gradient of c0
  rk_int x_stride, gate_stride, c_stride, h_stride, d_h_stride, state_stride;
} rk_lstm;

// y[m][n] = bias[n] + sum over k of w[k][n] x[m][k].
typedef struct {
  rk_int rows, inputs, outputs;
  const float *weights;            // from pack_matrix or pack_back
  const float *bias;               // [outputs]; null: zeros
  const float *x;
  float *y;
  rk_int x_stride, y_stride;
} rk_affine;

// out[k][n] += sum over m of a[m][k] b[m][n], and sums[n] += sum over m of b[m][n].
typedef struct {
  rk_int rows, inputs, outputs;
  int32_t gated;                   // b is a matrix of gates of outputs / 4 units; out and sums get column 4j + gate
  const float *a, *b;
  float *out;                      // [inputs][outputs], one row after the other
  float *sums;                     // [outputs]; null: not wanted
  rk_int a_stride, b_stride;
} rk_outer;

enum { RK_LINEAR = 0, RK_RELU = 1, RK_SIGMOID = 2, RK_TANH = 3, RK_SOFTMAX = 4 };

// An activation of y, in place, or the way back: d becomes the gradient of the pre-activation, from that of y.
typedef struct {
  int32_t activation;
  rk_int rows, width;
  float *y, *d;
  float *scratch;                  // [2 * width * rk_together]
  rk_int y_stride, d_stride;
} rk_activation;

// Rows that softmax and the losses look at together.
enum { rk_together = 16 };

// The last two take logits: what goes into a softmax, or into sigmoids.
enum {
  RK_CATEGORICAL = 0,
  RK_BINARY = 1,
  RK_SQUARED = 2,
  RK_ABSOLUTE = 3,
  RK_SOFTMAX_CATEGORICAL = 4,
  RK_SIGMOID_BINARY = 5
};

// A loss over [rows][width] outputs. Rows whose weight is 0 add nothing and get a zero gradient.
typedef struct {
  rk_int rows, width;
  int32_t loss;
  const float *y;                  // outputs of the network, or logits
  const float *weight;             // [rows]
  const int32_t *classes;          // [rows], or null
  const float *values;             // [rows][width], where classes is null
  float *d_y;                      // out: gradient of y; null: not wanted
  float *losses;                   // [rows], out: each row's loss without its weight; null: not wanted
  float *scratch;                  // [3 * width * rk_together]
  float scale;                     // multiplies the gradient
  rk_int y_stride, value_stride, d_stride;
  double loss_sum;                 // out: sum of weight * loss
  rk_int hits;                     // out: rows whose prediction is right
} rk_loss;

// y = x, or 0 with probability threshold / 2^32, kept values scaled: the pattern follows from the seed of a row and the
// column alone.
typedef struct {
  rk_int rows, width;
  const float *x;
  float *y;
  const uint32_t *seeds;           // [rows]
  uint32_t threshold;
  float scale;
  rk_int x_stride, y_stride;
} rk_dropout;

// target[starts[t] + s] = row offsets[rows[s]] + t of a source [items][width], for every timestep t of every sequence s.
typedef struct {
  rk_int sequences, width, items;
  const rk_int *rows, *lengths;    // [sequences], of the batch
  const rk_int *offsets;           // by row
  const rk_int *starts;            // by timestep
  const void *source;              // of floats, or of integers of 32 bits
  void *target;
  rk_int stride;                   // of the target: the width, or enough for whole vectors
} rk_gather;

// Makes rows first, …, of them `count`, orthonormal to each other and to all before, which are: with a positive share of
// what they were, as in a QR decomposition whose R has a positive diagonal. The same bits from all kernels.
typedef struct {
  double *rows;                    // [first + count][stride]
  rk_int first, count, stride;     // the stride a multiple of rk_vector, with zeros in what is more than a row
  double *scratch;                 // [count * max(first, count)]
} rk_orthonormal;

typedef struct {
  const char *name;
  // Floats of `units` units' gates in a row of a matrix of gates: at most four times the units rounded up to rk_vector.
  rk_int (*gate_width)(rk_int units);
  // Weights in the order in which the kernels read them: a matrix [inputs][4H] with columns 4j + gate; packed it takes
  // inputs times gate_width(units) floats ...
  void (*pack_gates)(const float *source, rk_int inputs, rk_int units, float *packed);
  // ... a matrix [outputs][4H] of the same columns, for the product of gradients of gates with its transpose: at most
  // gate_width(units) times the outputs rounded up to rk_vector ...
  void (*pack_back)(const float *source, rk_int outputs, rk_int units, float *packed);
  // ... and any matrix w[k][n]: at most inputs times the outputs rounded up to rk_vector.
  void (*pack_matrix)(const float *source, rk_int inputs, rk_int outputs, rk_int input_stride, rk_int output_stride,
                      float *packed);
  void (*lstm_forward)(const rk_lstm *);
  void (*lstm_backward)(const rk_lstm *);
  void (*affine)(const rk_affine *);
  void (*outer)(const rk_outer *);
  void (*activate)(const rk_activation *);
  void (*activate_backward)(const rk_activation *);
  void (*loss)(rk_loss *);
  void (*dropout)(const rk_dropout *);
  void (*gather)(const rk_gather *);
  void (*orthonormalize)(const rk_orthonormal *);
  double (*peak)(rk_int repeats);  // floating-point operations done by a loop of independent FMAs
} rk_kernels;

// Lets the processor know that a loop only waits.
static inline void rk_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

// Makes the calling thread take and give 0 for subnormal numbers (below 2^-126 in float32), which cost many times as much as
// others. Returns what it did before, for rk_restore.
uint64_t rk_flush_subnormals(void);

// Brings back what rk_flush_subnormals returned.
void rk_restore(uint64_t mode);

// The kernels named "avx512", "avx2" or "baseline"; null where the processor does not have the instructions.
const rk_kernels *rk_kernels_named(const char *name);
