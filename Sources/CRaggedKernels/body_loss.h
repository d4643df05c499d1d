// Losses with their gradients: as Keras defines them on outputs that are probabilities, and from logits.

#define EPSILON 1e-7f

typedef struct {
  vf loss, hit;
} judged;

// The rows looked at together, turned so that vectors run across them.
typedef struct {
  float *y, *values, *d_y;         // [width][rk_together]
  int32_t classes[rk_together];
  float weight[rk_together];
} turned;

INLINE vf target_of(const rk_loss *p, const turned *b, rk_int k, rk_int lane) {
  if (!p->classes) return load(b->values + k * rk_together + lane);
  vi truth = *(const vi *)(b->classes + lane);
  vi same = p->width == 1 ? truth > 0 : truth == (int32_t)k;
  return choose(same, splat(1), splat(0));
}

INLINE void give(const rk_loss *p, const turned *b, rk_int k, rk_int lane, vf slope, vf scale) {
  if (p->d_y) store(b->d_y + k * rk_together + lane, choose(scale != 0.0f, slope * scale, splat(0)));
}

// 1 where the outputs are right. Of a class, the first of the highest outputs is its own, or a single output is on its side
// of a half; of values, the highest output has the highest target (categorical), or each is on its side of a half.
INLINE vf right(const rk_loss *p, const turned *b, const float *out, rk_int lane) {
  vi is_known = p->classes ? *(const vi *)(b->classes + lane) >= 0 : as_int(splat(0)) == 0;
  int is_categorical = p->loss == RK_CATEGORICAL || p->loss == RK_SOFTMAX_CATEGORICAL;
  if (p->classes ? p->width > 1 : is_categorical) {
    vf top = load(out), hit = target_of(p, b, 0, lane), top_target = hit;
    for (rk_int k = 1; k < p->width; k++) {
      vf next = load(out + k * rk_together), truth = target_of(p, b, k, lane);
      vi higher = next > top;
      hit = choose(higher, truth, hit);
      top = choose(higher, next, top);
      top_target = most(top_target, truth);
    }
    return choose(is_known & (hit == top_target), splat(1), splat(0));
  }
  vi sides = is_known;
  for (rk_int k = 0; k < p->width; k++)
    sides &= (load(out + k * rk_together) > 0.5f) == (target_of(p, b, k, lane) > 0.5f);
  return choose(sides, splat(1), splat(0));
}

// Keras' categorical cross-entropy: outputs are divided by their sum, clipped to [1e-7, 1 - 1e-7], and outside the clip
// the gradient is zero.
INLINE judged categorical(const rk_loss *p, const turned *b, rk_int lane, vf scale) {
  const float *y = b->y + lane;
  vf sum = splat(0), loss = splat(0), dot = splat(0);
  for (rk_int k = 0; k < p->width; k++) sum += load(y + k * rk_together);
  vf inverse = 1.0f / sum, named = splat(1);
  for (rk_int k = 0; k < p->width; k++) {
    vf share = load(y + k * rk_together) * inverse, truth = target_of(p, b, k, lane);
    vf clamped = within(share, EPSILON, 1.0f - EPSILON);
    // A class needs one logarithm a row.
    if (p->classes) named = choose(truth != 0.0f, clamped, named);
    else loss -= choose(truth != 0.0f, truth * vlog(clamped), splat(0));
    dot += choose(clamped == share, -truth, splat(0));
  }
  if (p->classes) loss -= vlog(named);
  for (rk_int k = 0; k < p->width; k++) {
    vf share = load(y + k * rk_together) * inverse, truth = target_of(p, b, k, lane);
    vf clamped = within(share, EPSILON, 1.0f - EPSILON);
    vf slope = choose(clamped == share, -truth / clamped, splat(0));
    give(p, b, k, lane, (slope - dot) * inverse, scale);
  }
  return (judged){loss, right(p, b, y, lane)};
}

INLINE judged separate(const rk_loss *p, const turned *b, rk_int lane, vf scale) {
  vf loss = splat(0), share = splat(1.0f / (float)p->width);
  for (rk_int k = 0; k < p->width; k++) {
    vf out = load(b->y + k * rk_together + lane), truth = target_of(p, b, k, lane), slope;
    if (p->loss == RK_BINARY) {
      vf clamped = within(out, EPSILON, 1.0f - EPSILON);
      loss -= truth * vlog(clamped) + (1.0f - truth) * vlog(1.0f - clamped);
      slope = choose(clamped == out, (clamped - truth) / (clamped * (1.0f - clamped)), splat(0));
    } else {
      vf difference = out - truth;
      vf sign = choose(difference > 0.0f, splat(1), choose(difference < 0.0f, splat(-1), splat(0)));
      loss += p->loss == RK_SQUARED ? difference * difference : difference * sign;
      slope = p->loss == RK_SQUARED ? 2.0f * difference : sign;
    }
    give(p, b, k, lane, slope * share, scale);
  }
  return (judged){loss * share, right(p, b, b->y + lane, lane)};
}

// log(1 + x) for x >= 0; what 1 + x loses of x is added to the logarithm.
INLINE vf log_of_one_and(vf x) {
  vf sum = 1.0f + x;
  return vlog(sum) + (x - (sum - 1.0f)) / sum;
}

// The cross-entropy of softmax from logits z: the sum of y (log(sum of e^z) - z), with the gradient p - y, which is there
// however sure a wrong output is.
INLINE judged softmax_categorical(const rk_loss *p, const turned *b, rk_int lane, vf scale) {
  const float *z = b->y + lane;
  float *share = b->d_y + lane;
  vf top = load(z);
  for (rk_int k = 0; k < p->width; k++) {
    vf x = load(z + k * rk_together);
    store(share + k * rk_together, x);
    top = most(top, x);
  }
  softmax(share, p->width);
  vf hit = right(p, b, share, lane);
  // What all but one of the highest add to e^0, for small losses lie behind the 1.
  vf others = splat(0), ties = splat(-1), peak = splat(1), loss = splat(0), all = splat(0), missed = splat(0);
  for (rk_int k = 0; k < p->width; k++) {
    vf x = load(z + k * rk_together), part = load(share + k * rk_together), truth = target_of(p, b, k, lane);
    vi is_top = x == top;
    others += choose(is_top, splat(0), part);
    ties += choose(is_top, splat(1), splat(0));
    peak = choose(is_top, part, peak);
    loss += choose(truth != 0.0f, truth * (top - x), splat(0));
    all += truth;
    missed += choose(truth != 0.0f, splat(0), part);
  }
  loss += all * log_of_one_and(others / peak + ties);
  for (rk_int k = 0; k < p->width; k++) {
    vf part = load(share + k * rk_together), truth = target_of(p, b, k, lane);
    give(p, b, k, lane, p->classes ? choose(truth != 0.0f, -missed, all * part) : all * part - truth, scale);
  }
  return (judged){loss, hit};
}

// The same for sigmoids: the mean of log(1 + e^-z) where y is 1 and of log(1 + e^z) where it is 0.
INLINE judged sigmoid_binary(const rk_loss *p, const turned *b, rk_int lane, vf scale) {
  const float *z = b->y + lane;
  float *out = b->d_y + lane;
  vf loss = splat(0), share = splat(1.0f / (float)p->width);
  for (rk_int k = 0; k < p->width; k++) store(out + k * rk_together, sigmoid(load(z + k * rk_together)));
  vf hit = right(p, b, out, lane);
  for (rk_int k = 0; k < p->width; k++) {
    vf x = load(z + k * rk_together), truth = target_of(p, b, k, lane);
    vf rest = log_of_one_and(vexp(-most(x, -x)));
    loss += truth * most(splat(0), -x) + (1.0f - truth) * most(splat(0), x) + rest;
    vf slope = (1.0f - truth) * load(out + k * rk_together) - truth * sigmoid(-x);
    give(p, b, k, lane, slope * share, scale);
  }
  return (judged){loss * share, hit};
}

INLINE judged judge(const rk_loss *p, const turned *b, rk_int lane, vf scale) {
  switch (p->loss) {
    case RK_CATEGORICAL: return categorical(p, b, lane, scale);
    case RK_SOFTMAX_CATEGORICAL: return softmax_categorical(p, b, lane, scale);
    case RK_SIGMOID_BINARY: return sigmoid_binary(p, b, lane, scale);
    default: return separate(p, b, lane, scale);
  }
}

static void loss(rk_loss *p) {
  vd total = 0;
  vi hits = 0;
  rk_int size = p->width * rk_together;
  turned b = {p->scratch, p->scratch + size, p->scratch + 2 * size, {0}, {0}};
  for (rk_int m = 0; m < p->rows; m += rk_together) {
    rk_int count = p->rows - m < rk_together ? p->rows - m : rk_together;
    turn(p->y + m * p->y_stride, p->y_stride, p->width, count, b.y);
    if (!p->classes) turn(p->values + m * p->value_stride, p->value_stride, p->width, count, b.values);
    for (rk_int i = 0; i < rk_together; i++) {
      b.classes[i] = p->classes && i < count ? p->classes[m + i] : 0;
      b.weight[i] = i < count ? p->weight[m + i] : 0;
    }
    for (rk_int lane = 0; lane < count; lane += VECTOR) {
      vf weight = load(b.weight + lane);
      vf scale = weight * p->scale;
      judged j = judge(p, &b, lane, scale);
      total += __builtin_convertvector(choose(weight != 0.0f, weight * j.loss, splat(0)), vd);
      for (rk_int i = 0; p->losses && i < VECTOR && lane + i < count; i++) p->losses[m + lane + i] = j.loss[i];
      hits -= (j.hit != 0.0f) & (iota() < (int32_t)(count - lane));
    }
    if (p->d_y) turn_back(b.d_y, p->width, count, p->d_y + m * p->d_stride, p->d_stride);
  }
  p->loss_sum = 0;
  p->hits = 0;
  for (int i = 0; i < VECTOR; i++) {
    p->loss_sum += total[i];
    p->hits += hits[i];
  }
}
