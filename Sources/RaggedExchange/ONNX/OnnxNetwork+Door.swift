import RaggedTraining

extension Sequential {
  /// Whether all that goes in are features, normalised or not, or tokens; so a graph has one input for them.
  func hasPlainInput(_ normalization: Normalization?) -> Bool {
    (input.features != nil || input.tokens != nil) && input.options == InputOptions()
      && normalization?.isApplied ?? true
  }
}

/// Columns of several kinds, and cells that may be missing: an input for each plane.
extension OnnxNetwork {
  /// Adds the inputs, and what makes the first layer's input of them.
  mutating func addDoor() {
    let (input, options) = (model.input, model.input.options)
    let steps: [OnnxBuilder.Axis] = [.named("batch"), .named("time")]
    let tables = model.layerWeights.first { $0.layer.layer is Embedding }?.tensors ?? []
    var (numbers, indicators, embeddings) = ([String](), [String](), [String]())
    var source = ""
    if input.featureCount > 0 {
      (numbers, indicators) = addNumbers(
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
      (staticNumbers, staticIndicators) = addNumbers(
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
    current = joined(numbers + indicators + embeddings, axis: 2, "inputs") ?? ""
  }

  /// An input of numbers and one of what was observed of them: the numbers filled and normalised, and indicators where the
  /// model has any.
  private mutating func addNumbers(
    _ name: String, _ observed: String, _ axes: [OnnxBuilder.Axis], _ count: Int, _ mean: [Float]?,
    _ deviation: [Float]?
  ) -> (numbers: [String], indicators: [String]) {
    builder.input(name, .float, axes + [.size(count)])
    builder.input(observed, .bool, axes + [.size(count)])
    let zeros = [Float](repeating: 0, count: count)
    let filling = builder.constant(
      "\(name)_filling", [count], model.input.options.fill == .zero ? zeros : mean ?? zeros)
    var numbers = builder.node("Where", [observed, name, filling], to: "\(name)_filled")
    if let mean, let deviation, normalization?.isApplied ?? false {
      let shift = builder.constant("\(name)_mean", [count], mean)
      let scale = builder.constant("\(name)_scale", [count], deviation.map { 1 / $0 })
      numbers = builder.node("Sub", [numbers, shift], to: "\(name)_shifted")
      numbers = builder.node("Mul", [numbers, scale], to: "\(name)_normalized")
    }
    guard model.input.options.indicators else { return ([numbers], []) }
    return ([numbers], [builder.node("Cast", [observed], to: "\(name)_indicators", attributes: [.int("to", 1)])])
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
    let wide = builder.node("Cast", [lengths], to: "\(name)_wide_lengths", attributes: [.int("to", 7)])
    let any = builder.node("Greater", [wide, builder.integers("zero", [0], shape: [])], to: "\(name)_any")
    let column = builder.node("Unsqueeze", [any, builder.integers("axis_1", [1])], to: "\(name)_any_column")
    current = builder.node("Where", [column, current, zero], to: "\(name)_cleared")
  }
}
