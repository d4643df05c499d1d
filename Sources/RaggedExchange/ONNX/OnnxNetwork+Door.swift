import RaggedTraining

extension Sequential {
  /// Whether all that goes in are features, normalised or not, or tokens; so a graph has one input for them.
  func hasPlainInput(_ normalization: Normalization?) -> Bool {
    // Of tokens nothing is missing, and they have no columns beside them.
    input.tokens != nil
      || input.features != nil && input.options == InputOptions() && normalization?.isApplied ?? true
  }
}

/// Columns of several kinds, and cells that may be missing: an input for each plane.
extension OnnxNetwork {
  /// Adds the inputs, and what makes the first layer's input of them.
  mutating func addDoor() {
    let (input, options) = (model.input, model.input.options)
    let steps: [OnnxBuilder.Axis] = [.named("batch"), .named("time")]
    let tables = model.layerWeights.first { $0.layer.layer is Embedding }?.tensors ?? []
    var (numbers, indicators, since, embeddings) = ([String](), [String](), [String](), [String]())
    var source = ""
    if input.featureCount > 0 {
      (numbers, indicators, since) = addNumbers(
        "values", "observed", steps, input.featureCount, normalization?.mean, normalization?.deviation)
      source = "values"
    }
    if !input.categories.isEmpty {
      builder.input("codes", .int64, steps + [.size(input.categories.count)])
      embeddings = embedded("codes", axis: 2, Array(tables.prefix(input.categories.count)))
      source = "codes"
    }
    let isRepeated = options.statics == .repeat
    let shape = builder.node("Shape", [source], to: "input_shape")
    let one = builder.integers("one_long", [1])
    let time = builder.node(
      "Gather", [shape, builder.integers("axis_1", [1])], to: "input_steps", attributes: [.int("axis", 0)])
    timeShape = builder.node("Concat", [one, time, one], to: "input_time", attributes: [.int("axis", 0)])
    var (staticNumbers, staticIndicators, staticEmbeddings) = ([String](), [String](), [String]())
    if input.staticFeatureCount > 0 {
      (staticNumbers, staticIndicators, _) = addNumbers(
        "static_values", "static_observed", [.named("batch")], input.staticFeatureCount, normalization?.staticMean,
        normalization?.staticDeviation)
    }
    if !input.staticCategories.isEmpty {
      builder.input("static_codes", .int64, [.named("batch"), .size(input.staticCategories.count)])
      staticEmbeddings = embedded("static_codes", axis: 1, Array(tables.dropFirst(input.categories.count)))
    }
    builder.input("lengths", .int32, [.named("batch")])
    if isRepeated {
      numbers += staticNumbers.map { repeated($0) }
      indicators += staticIndicators.map { repeated($0) }
      embeddings += staticEmbeddings.map { repeated($0) }
    } else {
      statics = joined(staticNumbers + staticIndicators + staticEmbeddings, axis: 1, "statics")
    }
    current = joined(numbers + indicators + since + embeddings, axis: 2, "inputs") ?? ""
  }

  /// An input of numbers and one of what was observed of them: the numbers filled and normalised, indicators and times since
  /// they were last observed where the model has any.
  private mutating func addNumbers(
    _ name: String, _ observed: String, _ axes: [OnnxBuilder.Axis], _ count: Int, _ mean: [Float]?,
    _ deviation: [Float]?
  ) -> (numbers: [String], indicators: [String], since: [String]) {
    builder.input(name, .float, axes + [.size(count)])
    builder.input(observed, .bool, axes + [.size(count)])
    let (options, looksBack) = (model.input.options, model.input.options.looksBack && axes.count > 1)
    var (values, observed) = (name, observed)
    if let value = model.maskValue, axes.count > 1 {
      current = values
      observed = mask(value, observed: observed) ?? observed
      values = current
    }
    let zeros = [Float](repeating: 0, count: count)
    let filling = builder.constant("\(name)_filling", [count], options.fill == .zero ? zeros : mean ?? zeros)
    let last = looksBack ? lastObserved(values, observed) : nil
    var numbers: String
    if let last, options.fill == .last {
      let carried = builder.node(
        "GatherElements", [values, last.place], to: "\(name)_last", attributes: [.int("axis", 1)])
      numbers = builder.node("Where", [last.isThere, carried, filling], to: "\(name)_filled")
    } else {
      numbers = builder.node("Where", [observed, values, filling], to: "\(name)_filled")
    }
    if let mean, let deviation, normalization?.isApplied ?? false {
      let shift = builder.constant("\(name)_mean", [count], mean)
      let scale = builder.constant("\(name)_scale", [count], deviation.map { 1 / $0 })
      numbers = builder.node("Sub", [numbers, shift], to: "\(name)_shifted")
      numbers = builder.node("Mul", [numbers, scale], to: "\(name)_normalized")
    }
    let indicators =
      options.indicators
      ? [builder.node("Cast", [observed], to: "\(name)_indicators", attributes: [.int("to", 1)])] : []
    return ([numbers], indicators, options.since ? last.map { [timesSince($0)] } ?? [] : [])
  }

  /// For each number of each timestep `[batch, time, F]` the last one of its column that was observed, up to this timestep.
  private struct LastObserved {
    /// Whether there is one.
    var isThere: String
    /// Its timestep.
    var place: String
    /// The timesteps from 0 on, `[time, 1]`.
    var times: String
  }

  /// Sorts the timesteps of each column, those that were observed first: the n-th of them is the last one where n were.
  private mutating func lastObserved(_ values: String, _ observed: String) -> LastObserved {
    let (zero, one) = (builder.integers("zero", [0], shape: []), builder.integers("one", [1], shape: []))
    let (second, first) = (builder.integers("axis_1", [1]), builder.integers("axis_0", [0]))
    builder.node("Shape", [values], to: "last_shape")
    let steps = builder.node("Gather", ["last_shape", one], to: "last_steps", attributes: [.int("axis", 0)])
    builder.node("Range", [zero, steps, one], to: "last_range")
    let times = builder.node("Unsqueeze", ["last_range", second], to: "last_times")
    builder.node("Cast", [observed], to: "last_seen", attributes: [.int("to", 7)])
    builder.node("CumSum", ["last_seen", one], to: "last_rank")
    // Times in order, those that were not observed later by as many as there are.
    builder.node("Sub", [one, "last_seen"], to: "last_left_out")
    builder.node("Mul", ["last_left_out", steps], to: "last_delay")
    builder.node("Add", [times, "last_delay"], to: "last_order")
    builder.node("Unsqueeze", [steps, first], to: "last_all")
    builder.node(
      "TopK", ["last_order", "last_all"], to: "last_sorted", "last_sources",
      attributes: [.int("axis", 1), .int("largest", 0), .int("sorted", 1)])
    builder.node("Sub", ["last_rank", one], to: "last_before")
    builder.node("Max", ["last_before", zero], to: "last_index")
    return LastObserved(
      isThere: builder.node("Greater", ["last_rank", zero], to: "last_any"),
      place: builder.node(
        "GatherElements", ["last_sources", "last_index"], to: "last_place", attributes: [.int("axis", 1)]),
      times: times)
  }

  /// log(1 + n), n timesteps since a number was last observed.
  private mutating func timesSince(_ last: LastObserved) -> String {
    let never = builder.integers("never", [-1], shape: [])
    builder.node("Where", [last.isThere, last.place, never], to: "since_place")
    builder.node("Sub", [last.times, "since_place"], to: "since_steps")
    builder.node("Cast", ["since_steps"], to: "since_numbers", attributes: [.int("to", 1)])
    builder.node("Add", ["since_numbers", builder.constant("one_float", [], [1])], to: "since_more")
    return builder.node("Log", ["since_more"], to: "since")
  }

  /// The vectors of each column of codes.
  private mutating func embedded(_ codes: String, axis: Int, _ tables: [WeightTensor]) -> [String] {
    tables.enumerated().map { place, table in
      let index = builder.integers("column_\(place)", [place], shape: [])
      let column = builder.node("Gather", [codes, index], to: "\(codes)_\(place)", attributes: [.int("axis", axis)])
      let vectors = builder.constant("\(codes)_\(place)_embeddings", table.shape, table.values)
      return builder.node("Gather", [vectors, column], to: "\(codes)_\(place)_embedded", attributes: [.int("axis", 0)])
    }
  }

  /// `[batch, width]` at every timestep.
  private mutating func repeated(_ part: String) -> String {
    let column = builder.node("Unsqueeze", [part, builder.integers("axis_1", [1])], to: "\(part)_column")
    return builder.node("Expand", [column, timeShape], to: "\(part)_repeated")
  }

  private mutating func joined(_ parts: [String], axis: Int, _ name: String) -> String? {
    parts.count < 2 ? parts.first : builder.node("Concat", parts, to: name, attributes: [.int("axis", axis)])
  }

  /// Joins the columns per sequence to the input of the last dense layer.
  mutating func joinStatics() {
    guard let statics else { return }
    let part = isPerSequence ? statics : repeated(statics)
    current = joined([current, part], axis: isPerSequence ? 1 : 2, "head_inputs") ?? ""
  }

  /// The parts of a recurrent layer's state before the first timestep, `[directions, batch, H]` each, of the columns per
  /// sequence; nothing where they do not make it.
  /// - Parameter tensors: kernel and bias of each direction's dense layer.
  mutating func initialStates(_ tensors: [WeightTensor], units: Int, _ name: String) -> [String] {
    guard let statics, !tensors.isEmpty else { return [] }
    let columns = tensors[0].shape[1]
    var parts: [[String]] = Array(repeating: [], count: columns / units)
    for (direction, place) in stride(from: 0, to: tensors.count, by: 2).enumerated() {
      let own = "\(name)_state_\(direction)"
      let kernel = builder.constant("\(own)_kernel", tensors[place].shape, tensors[place].values)
      let bias = builder.constant("\(own)_bias", tensors[place + 1].shape, tensors[place + 1].values)
      let product = builder.node("MatMul", [statics, kernel], to: "\(own)_product")
      let all = builder.node("Add", [product, bias], to: own)
      for number in parts.indices {
        let bounds = [number * units, (number + 1) * units].map { builder.integers("place_\($0)", [$0]) }
        var part = builder.node(
          "Slice", [all] + bounds + [builder.integers("axis_1", [1])], to: "\(own)_part_\(number)")
        // h is the first.
        if number == 0 { part = builder.node("Tanh", [part], to: "\(own)_h") }
        parts[number].append(
          builder.node("Unsqueeze", [part, builder.integers("axis_0", [0])], to: "\(own)_\(number)_direction"))
      }
    }
    return parts.enumerated().compactMap { joined($1, axis: 0, "\(name)_initial_\($0)") }
  }

  /// Zeros for sequences without timesteps, whose last output would be their first state.
  mutating func clearEmpty(_ name: String) {
    let zero = builder.constant("zero_float", [], [0])
    if let begun = states?.begun {
      let column = builder.node("Unsqueeze", [begun.after, builder.integers("axis_1", [1])], to: "\(name)_any_column")
      current = builder.node("Where", [column, current, zero], to: "\(name)_cleared")
      return
    }
    let wide = builder.node("Cast", [lengths], to: "\(name)_wide_lengths", attributes: [.int("to", 7)])
    let any = builder.node("Greater", [wide, builder.integers("zero", [0], shape: [])], to: "\(name)_any")
    let column = builder.node("Unsqueeze", [any, builder.integers("axis_1", [1])], to: "\(name)_any_column")
    current = builder.node("Where", [column, current, zero], to: "\(name)_cleared")
  }
}
