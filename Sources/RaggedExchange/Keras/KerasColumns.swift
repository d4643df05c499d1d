import RaggedCore
import RaggedTraining

/// A functional model with an input a column, under the column's name: `[batch, time]`, or `[batch]` for one per sequence.
///
/// A number that was not observed is NaN there, so it needs no input of its own; a category is its code. `mask` `[batch, time]`
/// says which timesteps are real, unless the model begins with masking.
struct KerasColumns {
  private(set) var config = KerasArchitecture.Config(layers: [])
  private let model: Sequential
  private let normalization: Normalization?
  private let names: KerasNames
  private var graph: KerasGraph
  private var inputs: [String: KerasTensor] = [:]
  /// The names of the inputs of each plane, in the order of its columns.
  private(set) var inputNames: [String: [String]] = [:]
  /// Which timesteps are real, `[batch, time]`; turned round behind a layer that gives its outputs so.
  private var mask = KerasTensor(layer: "mask")
  /// The columns per sequence, `[batch, S]`, where they are not repeated at every timestep.
  private var statics: KerasTensor?

  /// - Throws: ``ExchangeError`` for deviations of which Keras would make others.
  init(_ model: Sequential, _ normalization: Normalization?, _ names: KerasNames) throws {
    (self.model, self.normalization, self.names) = (model, normalization, names)
    var counts: [String: Int] = [:]
    let layers = try model.layers.map { spec in
      spec.layer is Embedding || spec.layer is Masking ? nil : try KerasArchitecture.made(spec, &counts)
    }
    graph = KerasGraph(
      reserving: names.layers.union(layers.compactMap { $0?.config.name }).union(
        ["mask", "normalization", "static_normalization"]))
    var current = try addDoor()
    let lastDense = model.input.options.statics == .head ? model.layers.lastIndex { $0.dense != nil } : nil
    var (isPerSequence, isFirst) = (false, true)
    for (weights, layer) in zip(model.layerWeights, layers) {
      guard let layer else { continue }
      if weights.index == lastDense, let statics {
        let part = isPerSequence ? statics : repeated(statics)
        current = graph.joined([current, part], "head_inputs") ?? current
      }
      var keywords: [String: KerasNode.Argument] = [:]
      if let recurrent = weights.layer.recurrent {
        keywords["mask"] = .tensor(mask)
        let states = isFirst ? initialStates(weights.tensors, units: recurrent.layer.units) : []
        if !states.isEmpty { keywords["initial_state"] = .list(states) }
        isFirst = false
        isPerSequence = !recurrent.layer.returnSequences
      }
      current = graph.add(layer, current, keywords)
      if layer.config.returnsBackwards { mask = graph.turned(mask) }
    }
    config = KerasArchitecture.Config(layers: graph.layers, input_layers: .named(inputs), output_layers: [current])
  }

  /// The inputs, and what makes the first layer's input of them.
  private mutating func addDoor() throws -> KerasTensor {
    let (columns, options) = (names.columns, model.input.options)
    // Inputs first: they have the names that they can have.
    let numbers = columns.numbers.map { addInput($0, [nil, nil], "float32") }
    let codes = columns.codes.map { addInput($0, [nil, nil], "int32") }
    let staticNumbers = columns.staticNumbers.map { addInput($0, [nil], "float32") }
    let staticCodes = columns.staticCodes.map { addInput($0, [nil], "int32") }
    for (plane, inputs) in [
      ("values", numbers), ("codes", codes), ("static_values", staticNumbers), ("static_codes", staticCodes),
    ] where !inputs.isEmpty { inputNames[plane] = inputs.map(\.layer) }
    if model.maskValue == nil {
      mask = graph.input("mask", [nil, nil], "bool")
      inputs["mask"] = mask
    }
    var (filled, indicators, since) = ([KerasTensor](), [KerasTensor](), [KerasTensor]())
    if !numbers.isEmpty {
      let door = NumberDoor(
        names: columns.numbers, mean: normalization?.mean, deviation: normalization?.deviation, layer: "normalization")
      try add(numbers, door, &filled, &indicators, &since)
    }
    var embeddings = zip(codes, names.embeddings).enumerated().map { embedded($1.0, $0, $1.1) }
    var (others, otherIndicators) = ([KerasTensor](), [KerasTensor]())
    if !staticNumbers.isEmpty {
      let door = NumberDoor(
        names: columns.staticNumbers, mean: normalization?.staticMean, deviation: normalization?.staticDeviation,
        layer: "static_normalization", isPerSequence: true)
      try add(staticNumbers, door, &others, &otherIndicators, &since)
    }
    let vectors = zip(staticCodes, names.embeddings.dropFirst(codes.count)).enumerated().map {
      embedded($1.0, codes.count + $0, $1.1)
    }
    if options.statics == .repeat {
      filled += others.map { repeated($0) }
      indicators += otherIndicators.map { repeated($0) }
      embeddings += vectors.map { repeated($0) }
    } else {
      statics = graph.joined(others + otherIndicators + vectors, "statics")
    }
    guard let all = graph.joined(filled + indicators + since + embeddings, "inputs") else {
      throw ExchangeError(.unsupported, "the model takes no columns per timestep")
    }
    return all
  }

  /// An input under the name of a column. Keras takes no `/` there.
  private mutating func addInput(_ column: String, _ shape: [Int?], _ type: String) -> KerasTensor {
    let name = graph.unique(column.isEmpty ? "column" : column.replacing("/", with: "_"))
    inputs[name] = graph.input(name, shape, type)
    return KerasTensor(layer: name)
  }

  /// Number columns of one extent.
  private struct NumberDoor {
    var names: [String]
    var mean: [Float]?
    var deviation: [Float]?
    /// What the layer that normalises them is called.
    var layer: String
    var isPerSequence = false
  }

  /// Adds what fills and normalises numbers, and makes indicators and times since of what is missing.
  private mutating func add(
    _ columns: [KerasTensor], _ door: NumberDoor, _ filled: inout [KerasTensor], _ indicators: inout [KerasTensor],
    _ since: inout [KerasTensor]
  ) throws {
    let options = model.input.options
    let prefix = door.isPerSequence ? "static_" : ""
    let values = graph.operation("Stack", prefix + "values", [.list(columns)]) { $0.axis = -1 }
    if let value = model.maskValue, !door.isPerSequence { mask = graph.mask(of: values, masking: value) }
    let missing = graph.operation("Isnan", prefix + "missing", [.tensor(values)])
    let zeros = [Float](repeating: 0, count: columns.count)
    let filling = options.fill == .zero ? zeros : door.mean ?? zeros
    var numbers: KerasTensor
    if options.looksBack, !door.isPerSequence {
      let last = lastObserved(missing)
      if options.since { since.append(timesSince(last)) }
      if options.fill == .last {
        let carried = graph.operation("TakeAlongAxis", "last_values", [.tensor(values), .tensor(last.places)]) {
          $0.axis = 1
        }
        numbers = graph.operation("Where", "filled", [.tensor(last.isThere), .tensor(carried), .array(filling)])
      } else {
        numbers = graph.operation("Where", "filled", [.tensor(missing), .array(filling), .tensor(values)])
      }
    } else {
      numbers = graph.operation("Where", prefix + "filled", [.tensor(missing), .array(filling), .tensor(values)])
    }
    if let mean = door.mean, let deviation = door.deviation, normalization?.isApplied ?? false {
      let layer = try KerasArchitecture.made(mean: mean, deviation: deviation, door.layer) { "\"\(door.names[$0])\"" }
      numbers = graph.add(layer, numbers)
    }
    filled.append(numbers)
    guard options.indicators else { return }
    let observed = graph.operation("LogicalNot", prefix + "observed", [.tensor(missing)])
    indicators.append(graph.cast(observed, to: "float32", prefix + "indicators"))
  }

  /// For each number of each timestep `[batch, time, F]` the last one of its column that was observed, up to this timestep.
  private struct LastObserved {
    /// Whether there is one.
    var isThere: KerasTensor
    /// Its timestep.
    var places: KerasTensor
    /// How many real timesteps there are up to its own, where there is one.
    var clocks: KerasTensor
    /// The same of each timestep, `[batch, time, 1]`.
    var clock: KerasTensor
  }

  /// Sorts the timesteps of each column, those that were observed first: the n-th of them is the last one where n were.
  private mutating func lastObserved(_ missing: KerasTensor) -> LastObserved {
    let real = graph.operation("ExpandDims", "real", [.tensor(mask)]) { $0.axis = -1 }
    let present = graph.operation("LogicalNot", "present", [.tensor(missing)])
    let seen = graph.operation("LogicalAnd", "seen", [.tensor(present), .tensor(real)])
    func count(_ bits: KerasTensor, _ name: String) -> KerasTensor {
      let ones = graph.cast(bits, to: "int32", "\(name)_ones")
      return graph.operation("Cumsum", name, [.tensor(ones)]) { $0.axis = 1 }
    }
    let (clock, rank) = (count(real, "clock"), count(seen, "rank"))
    let order = graph.operation("Where", "order", [.tensor(seen), .tensor(clock), .number(Float(1 << 30))])
    let sources = graph.operation("Argsort", "sources", [.tensor(order)]) { $0.axis = 1 }
    let clocks = graph.operation("Sort", "sorted_clocks", [.tensor(order)]) { $0.axis = 1 }
    let before = graph.operation("Subtract", "rank_before", [.tensor(rank), .number(1)])
    let place = graph.operation("Maximum", "place", [.tensor(before), .number(0)])
    func taken(_ tensor: KerasTensor, _ name: String) -> KerasTensor {
      graph.operation("TakeAlongAxis", name, [.tensor(tensor), .tensor(place)]) { $0.axis = 1 }
    }
    return LastObserved(
      isThere: graph.operation("Greater", "was_seen", [.tensor(rank), .number(0)]),
      places: taken(sources, "last_places"), clocks: taken(clocks, "last_clocks"), clock: clock)
  }

  /// log(1 + n), n real timesteps since a number was last observed.
  private mutating func timesSince(_ last: LastObserved) -> KerasTensor {
    let clocks = graph.operation(
      "Where", "seen_clocks", [.tensor(last.isThere), .tensor(last.clocks), .number(0)])
    let elapsed = graph.operation("Subtract", "elapsed", [.tensor(last.clock), .tensor(clocks)])
    let number = graph.cast(elapsed, to: "float32", "elapsed_numbers")
    return graph.operation("Log1p", "since", [.tensor(number)])
  }

  /// The vectors of a column of codes.
  private mutating func embedded(_ codes: KerasTensor, _ place: Int, _ layer: String) -> KerasTensor {
    let table = model.layers.compactMap { ($0.layer as? Embedding)?.tables }.first?[place]
    var settings = KerasArchitecture.Settings(name: layer)
    (settings.input_dim, settings.output_dim) = (table?.inputCount, table?.units)
    return graph.add(KerasArchitecture.Layer(class_name: "Embedding", config: settings), codes)
  }

  /// `[batch, width]` at every timestep.
  private mutating func repeated(_ part: KerasTensor) -> KerasTensor {
    let column = graph.operation("ExpandDims", "column", [.tensor(part)]) { $0.axis = 1 }
    let zeros = graph.operation("ZerosLike", "zeros", [.tensor(mask)])
    let steps = graph.operation("ExpandDims", "steps", [.tensor(zeros)]) { $0.axis = -1 }
    let blank = graph.cast(steps, to: "float32", "blank")
    return graph.operation("Add", "repeated", [.tensor(column), .tensor(blank)])
  }

  /// The state before the first timestep, direction after direction, of the columns per sequence; nothing where they do not
  /// make it.
  private mutating func initialStates(_ tensors: [WeightTensor], units: Int) -> [KerasTensor] {
    guard let statics else { return [] }
    return tensors.filter { $0.name.hasSuffix("/state_kernel") }.flatMap { kernel -> [KerasTensor] in
      let columns = kernel.shape[1]
      let layer = KerasNames.stateLayer(String(kernel.name.dropLast("/state_kernel".count)))
      let all = graph.add(
        KerasArchitecture.Layer(
          class_name: "Dense", config: KerasArchitecture.Settings(name: layer, units: columns)), statics)
      var parts = [all]
      if columns > units {
        let split = graph.operation("Split", "\(layer)_parts", [.tensor(all)]) {
          $0.indices_or_sections = columns / units
          $0.axis = -1
        }
        parts = (0..<columns / units).map { KerasTensor(layer: split.layer, index: $0) }
      }
      // h is the first.
      return [graph.operation("Tanh", "\(layer)_h", [.tensor(parts[0])])] + parts.dropFirst()
    }
  }
}
