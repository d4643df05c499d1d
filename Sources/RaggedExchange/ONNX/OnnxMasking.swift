/// Where the timesteps that a model masks itself went.
struct OnnxMasking {
  /// `[batch, time]`, int64: 1 where a timestep counts.
  var validity: String
  /// `[batch, time]`, int64: of the timesteps that count, up to and with this one.
  var rank: String
}

extension OnnxNetwork {
  /// Leaves out timesteps whose features all equal a value: those that count come first, in their order, and `lengths`
  /// becomes their number. So no layer ever sees the others.
  /// - Parameter observed: which features were observed, where some may be missing: one that was not is no value.
  /// - Returns: `observed` of the timesteps that count.
  @discardableResult
  mutating func mask(_ value: Float, observed: String? = nil) -> String? {
    let zero = builder.integers("zero", [0], shape: [])
    let (one, first, last) = (
      builder.integers("one", [1], shape: []), builder.integers("axis_1", [1]), builder.integers("axis_2", [2])
    )
    // Any feature that differs counts; so does NaN, which equals nothing.
    let constant = builder.constant("masking_value", [], [value])
    builder.node("Equal", [current, constant], to: "masking_equal")
    var equal = "masking_equal"
    if let observed { equal = builder.node("And", [equal, observed], to: "masking_read") }
    builder.node("Not", [equal], to: "masking_differs")
    builder.node("Cast", ["masking_differs"], to: "masking_differing", attributes: [.int("to", 1)])
    builder.node(
      "ReduceMax", ["masking_differing"], to: "masking_any", attributes: [.ints("axes", [2]), .int("keepdims", 0)])
    builder.node("Cast", ["masking_any"], to: "masking_present", attributes: [.int("to", 9)])
    // Timesteps before a sequence's end.
    builder.node("Shape", [current], to: "masking_shape")
    let steps = builder.node("Gather", ["masking_shape", one], to: "masking_steps", attributes: [.int("axis", 0)])
    let times = builder.node("Range", [zero, steps, one], to: "masking_times")
    builder.node("Cast", ["lengths"], to: "masking_ends", attributes: [.int("to", 7)])
    builder.node("Unsqueeze", ["masking_ends", first], to: "masking_ends_column")
    builder.node("Less", [times, "masking_ends_column"], to: "masking_real")
    builder.node("And", ["masking_present", "masking_real"], to: "masking_valid")
    let validity = builder.node("Cast", ["masking_valid"], to: "masking_kept", attributes: [.int("to", 7)])
    let rank = builder.node("CumSum", [validity, one], to: "masking_rank")
    builder.node("ReduceSum", [validity, first], to: "masking_count", attributes: [.int("keepdims", 0)])
    lengths = builder.node("Cast", ["masking_count"], to: "masking_lengths", attributes: [.int("to", 6)])
    // Times in order, those that are left out later by as many as there are.
    builder.node("Sub", [one, validity], to: "masking_left_out")
    builder.node("Mul", ["masking_left_out", steps], to: "masking_delay")
    builder.node("Add", [times, "masking_delay"], to: "masking_order")
    builder.node("Unsqueeze", [steps, builder.integers("axis_0", [0])], to: "masking_all")
    builder.node(
      "TopK", ["masking_order", "masking_all"], to: "masking_sorted", "masking_sources",
      attributes: [.int("axis", 1), .int("largest", 0), .int("sorted", 1)])
    builder.node("Unsqueeze", ["masking_sources", last], to: "masking_sources_column")
    builder.node("Expand", ["masking_sources_column", "masking_shape"], to: "masking_places")
    current = builder.node(
      "GatherElements", [current, "masking_places"], to: "masking_output", attributes: [.int("axis", 1)])
    masked = OnnxMasking(validity: validity, rank: rank)
    return observed.map {
      builder.node("GatherElements", [$0, "masking_places"], to: "masking_observed", attributes: [.int("axis", 1)])
    }
  }

  /// Brings outputs of timesteps back to where these stood. A timestep that was left out shows the output before, where
  /// there is one and `repeats` is true, else zeros, as in Keras.
  mutating func unmask(repeats: Bool) {
    guard let masked, !isPerSequence else { return }
    self.masked = nil
    let one = builder.integers("one", [1], shape: [])
    let zero = builder.integers("zero", [0], shape: [])
    let last = builder.integers("axis_2", [2])
    builder.node("Greater", [repeats ? masked.rank : masked.validity, zero], to: "unmasking_shown")
    builder.node("Unsqueeze", ["unmasking_shown", last], to: "unmasking_shown_column")
    builder.node("Sub", [masked.rank, one], to: "unmasking_index")
    builder.node("Max", ["unmasking_index", zero], to: "unmasking_place")
    builder.node("Unsqueeze", ["unmasking_place", last], to: "unmasking_place_column")
    builder.node("Shape", [current], to: "unmasking_shape")
    builder.node("Expand", ["unmasking_place_column", "unmasking_shape"], to: "unmasking_places")
    builder.node(
      "GatherElements", [current, "unmasking_places"], to: "unmasking_values", attributes: [.int("axis", 1)])
    // Before the first real one of a piece, what the piece before ended with.
    let blank = states.flatMap { $0.lastOutput(&builder) } ?? builder.constant("blank", [], [0])
    current = builder.node("Where", ["unmasking_shown_column", "unmasking_values", blank], to: "unmasking_output")
  }
}
