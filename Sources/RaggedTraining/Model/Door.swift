import CRaggedKernels
import Foundation
import RaggedCore

/// The table of a category column among a model's parameters, `[codes, units]`.
struct EmbeddingTable: Sendable {
  /// The column's place among those per timestep, or per sequence.
  var column: Int
  var isStatic: Bool
  var units: Int
  /// Where the table begins among the parameters.
  var offset: Int

  /// Writes the vector of a code.
  @inline(__always)
  func read(_ code: Int32, from parameters: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
    target.update(from: parameters + offset + Int(code) * units, count: units)
  }

  /// Adds to the gradient of a code's vector.
  @inline(__always)
  func add(_ gradient: UnsafePointer<Float>, of code: Int32, to gradients: UnsafeMutablePointer<Float>) {
    let vector = gradients + offset + Int(code) * units
    for j in 0..<units { vector[j] += gradient[j] }
  }
}

/// Brings the cells of a block's sequences into its order, in one copy: numbers filled and normalised, indicators, times
/// since, embeddings, and the columns per sequence where these are repeated.
struct DoorOperation: Operation {
  /// Number columns per timestep: `F`.
  let featureCount: Int
  let options: InputOptions
  let tables: [EmbeddingTable]
  /// The columns per sequence, where they are repeated at every timestep.
  let statics: StaticColumns?

  // Where parts of a row begin. Numbers come first, those per sequence behind those per timestep.
  private let indicators: Int
  private let sinceStart: Int
  private let tableStart: Int
  private let staticTableStart: Int
  /// Width of the output.
  let width: Int

  init(featureCount: Int, options: InputOptions, tables: [EmbeddingTable], statics: StaticColumns?) {
    (self.featureCount, self.options, self.tables, self.statics) = (featureCount, options, tables, statics)
    let staticCount = statics?.featureCount ?? 0
    indicators = featureCount + staticCount
    sinceStart = indicators + (options.indicators ? featureCount + staticCount : 0)
    tableStart = sinceStart + (options.since ? featureCount : 0)
    staticTableStart = tableStart + tables.reduce(0) { $0 + $1.units }
    width = staticTableStart + (statics?.tableWidth ?? 0)
  }

  /// The cells of the batch -> `[timesteps, width]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    let plane = context.arena.plane(rows: context.block.timesteps, width: width)
    if featureCount > 0 { writeNumbers(context, plane) }
    if options.indicators { writeIndicators(context, plane) }
    if options.since { writeSince(context, plane) }
    writeEmbeddings(context, plane)
    if let statics { repeatStatics(statics, context, plane) }
    return plane
  }

  /// What is carried from piece to piece of a sequence: the numbers of the last timestep as they were filled and whether there
  /// was one, `[B, F]` each, where these fill others; the timesteps since each was observed, where they are an input. nil where
  /// nothing is looked back for.
  static func stateShape(_ input: ModelInput) -> StateShape? {
    guard input.options.looksBack, input.featureCount > 0 else { return nil }
    return StateShape(
      key: stateKey, units: input.featureCount,
      partCount: (input.options.fill == .last ? 2 : 0) + (input.options.since ? 1 : 0))
  }

  /// The door is a program's first operation, and no recurrent one.
  private static let stateKey = RecurrentOperation.stateKey(0, 0)

  /// A part of what is carried of a row; nil where nothing is.
  private func carried(_ context: BlockContext, _ part: Int, of batchRow: Int) -> UnsafeMutablePointer<Float>? {
    context.initialStates[Self.stateKey].map { $0.parts[part] + batchRow * featureCount }
  }

  private func writeNumbers(_ context: BlockContext, _ plane: Plane) {
    let cells = context.batch.input
    guard let values = cells.values else { return }
    context.gather(values, width: featureCount, to: plane.base, stride: plane.stride)
    let columns = plane.columns(from: 0, count: featureCount)
    if cells.observed != nil || options.fill == .last { fill(context, columns, cells.observed) }
    context.batch.scales.timestep?.apply(to: columns)
  }

  /// Puts numbers where none was observed, before these are normalised.
  private func fill(_ context: BlockContext, _ plane: Plane, _ observed: UnsafePointer<Bool>?) {
    let (block, means) = (context.block, context.batch.scales.timestep?.mean)
    for (sequence, batchRow) in block.rows.enumerated() where block.lengths[sequence] > 0 {
      // What stood before these timesteps, where the sequence began before them.
      let values = options.fill == .last ? carried(context, 0, of: batchRow) : nil
      let hasBegun = options.fill == .last ? carried(context, 1, of: batchRow) : nil
      var before = hasBegun.flatMap { $0[0] == 0 ? nil : values }
      var cell = context.batch.offsets[batchRow] * featureCount
      for t in 0..<block.lengths[sequence] {
        let row = plane.row(block.row(sequence, t))
        if let observed {
          for j in 0..<featureCount where !observed[cell + j] {
            switch options.fill {
            case .zero: row[j] = 0
            case .last where before != nil: row[j] = before?[j] ?? 0
            case .last, .mean: row[j] = means?[j] ?? 0
            }
          }
        }
        cell += featureCount
        before = row
      }
      guard let values, let hasBegun, let before else { continue }
      values.update(from: before, count: featureCount)
      hasBegun.update(repeating: 1, count: featureCount)
    }
  }

  private func writeIndicators(_ context: BlockContext, _ plane: Plane) {
    guard let observed = context.batch.input.observed else {
      for m in 0..<plane.rows { (plane.row(m) + indicators).update(repeating: 1, count: featureCount) }
      return
    }
    context.forEachTimestep { row, item in
      let (target, bits) = (plane.row(row) + indicators, observed + item * featureCount)
      for j in 0..<featureCount { target[j] = bits[j] ? 1 : 0 }
    }
  }

  private func writeSince(_ context: BlockContext, _ plane: Plane) {
    let (block, observed) = (context.block, context.batch.input.observed)
    let since = context.arena.integers(featureCount)
    for (sequence, batchRow) in block.rows.enumerated() where block.lengths[sequence] > 0 {
      let before = carried(context, options.fill == .last ? 2 : 0, of: batchRow)
      for j in 0..<featureCount { since[j] = before.map { Int32($0[j]) } ?? 0 }
      var cell = context.batch.offsets[batchRow] * featureCount
      for t in 0..<block.lengths[sequence] {
        let row = plane.row(block.row(sequence, t)) + sinceStart
        for j in 0..<featureCount {
          since[j] = observed?[cell + j] ?? true ? 0 : since[j] + 1
          row[j] = Self.logarithm(Int(since[j]))
        }
        cell += featureCount
      }
      // Exact up to 2^24 timesteps, from where the logarithm is the same to six digits.
      if let before { for j in 0..<featureCount { before[j] = Float(since[j]) } }
    }
  }

  private static let logarithms = (0..<256).map { Float(log1p(Double($0))) }

  /// log(1 + n).
  private static func logarithm(_ n: Int) -> Float {
    n < logarithms.count ? logarithms[n] : Float(log1p(Double(n)))
  }

  private func writeEmbeddings(_ context: BlockContext, _ plane: Plane) {
    guard let codes = context.batch.input.codes, !tables.isEmpty else { return }
    let count = tables.count
    tables.withUnsafeBufferPointer { tables in
      context.forEachTimestep { row, item in
        var target = plane.row(row) + tableStart
        for table in tables {
          table.read(codes[item * count + table.column], from: context.parameters, to: target)
          target += table.units
        }
      }
    }
  }

  private func repeatStatics(_ statics: StaticColumns, _ context: BlockContext, _ plane: Plane) {
    let values = statics.plane(context)
    let (numbers, block) = (statics.featureCount, context.block)
    for sequence in 0..<block.occupied {
      let source = values.row(sequence)
      for t in 0..<block.lengths[sequence] {
        let row = plane.row(block.row(sequence, t))
        (row + featureCount).update(from: source, count: numbers)
        if options.indicators { (row + indicators + featureCount).update(from: source + numbers, count: numbers) }
        (row + staticTableStart).update(from: source + statics.tableStart, count: statics.tableWidth)
      }
    }
  }

  /// Adds the gradients of the embeddings, and hands those of the numbers out where they are asked for.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    if let gradients = context.gradients {
      addEmbeddings(context, dy, to: gradients)
      if let statics { addStaticEmbeddings(statics, context, dy, to: gradients) }
    }
    if let gradient = context.batch.inputGradient { writeInputGradient(context, dy, to: gradient) }
    if let gradient = context.batch.staticGradient, let statics {
      // As often as it was repeated, a number has a gradient.
      statics.eachObserved(context) { sequence, row, j in
        var sum: Float = 0
        for t in 0..<context.block.lengths[sequence] { sum += dy.row(context.block.row(sequence, t))[featureCount + j] }
        gradient[row * statics.featureCount + j] = sum
      }
    }
    return nil
  }

  private func addEmbeddings(_ context: BlockContext, _ dy: Plane, to gradients: UnsafeMutablePointer<Float>) {
    guard let codes = context.batch.input.codes, !tables.isEmpty else { return }
    let count = tables.count
    tables.withUnsafeBufferPointer { tables in
      context.forEachTimestep { row, item in
        var gradient = dy.row(row) + tableStart
        for table in tables {
          table.add(gradient, of: codes[item * count + table.column], to: gradients)
          gradient += table.units
        }
      }
    }
  }

  /// Timestep by timestep, as the gradients of a column that holds the same code at all of them are added.
  private func addStaticEmbeddings(
    _ statics: StaticColumns, _ context: BlockContext, _ dy: Plane, to gradients: UnsafeMutablePointer<Float>
  ) {
    guard let codes = context.batch.statics.codes, !statics.tables.isEmpty else { return }
    let block = context.block
    for sequence in 0..<block.occupied {
      let row = codes + block.rows[sequence] * statics.tables.count
      for t in 0..<block.lengths[sequence] {
        var gradient = dy.row(block.row(sequence, t)) + staticTableStart
        for table in statics.tables {
          table.add(gradient, of: row[table.column], to: gradients)
          gradient += table.units
        }
      }
    }
  }

  /// A number that fills those behind it that are missing has their gradients too; what is missing has none.
  private func writeInputGradient(_ context: BlockContext, _ dy: Plane, to gradient: UnsafeMutablePointer<Float>) {
    context.forEachTimestep { row, item in
      (gradient + item * featureCount).update(from: dy.row(row), count: featureCount)
    }
    guard let observed = context.batch.input.observed else { return }
    let block = context.block
    for (sequence, batchRow) in block.rows.enumerated() {
      let first = context.batch.offsets[batchRow]
      for j in 0..<featureCount {
        var carried: Float = 0
        for t in (0..<block.lengths[sequence]).reversed() {
          let cell = (first + t) * featureCount + j
          carried += gradient[cell]
          let isObserved = observed[cell]
          gradient[cell] = isObserved ? (options.fill == .last ? carried : gradient[cell]) : 0
          if isObserved { carried = 0 }
        }
      }
    }
  }
}

/// The columns per sequence as layers see them: numbers filled and normalised, indicators, embeddings.
struct StaticColumns: Sendable {
  /// Number columns per sequence.
  let featureCount: Int
  let options: InputOptions
  let tables: [EmbeddingTable]
  /// Width of a row; where the embeddings begin in it, and their width.
  let width: Int
  let tableStart: Int
  var tableWidth: Int { width - tableStart }

  init(featureCount: Int, options: InputOptions, tables: [EmbeddingTable]) {
    (self.featureCount, self.options, self.tables) = (featureCount, options, tables)
    tableStart = options.indicators ? 2 * featureCount : featureCount
    width = tableStart + tables.reduce(0) { $0 + $1.units }
  }

  /// `[sequences, width]`, all of the block's.
  func plane(_ context: BlockContext) -> Plane {
    let plane = context.arena.plane(rows: context.block.rows.count, width: width)
    let (cells, scale) = (context.batch.statics, context.batch.scales.sequence)
    for (sequence, row) in context.block.rows.enumerated() {
      let target = plane.row(sequence)
      if let values = cells.values {
        for j in 0..<featureCount {
          let cell = row * featureCount + j
          let isObserved = cells.observed?[cell] ?? true
          let filling = options.fill == .zero ? 0 : scale?.mean[j] ?? 0
          target[j] = isObserved ? values[cell] : filling
          if options.indicators { target[featureCount + j] = isObserved ? 1 : 0 }
        }
      }
      guard let codes = cells.codes else { continue }
      var vector = target + tableStart
      for table in tables {
        table.read(codes[row * tables.count + table.column], from: context.parameters, to: vector)
        vector += table.units
      }
    }
    scale?.apply(to: plane.columns(from: 0, count: featureCount))
    return plane
  }

  /// Adds the gradients of the embeddings, and those of the numbers where they are asked for, from those of the first
  /// `count` rows of the plane.
  func addGradients(_ context: BlockContext, _ dy: Plane, count: Int) {
    if let gradients = context.gradients, let codes = context.batch.statics.codes {
      for sequence in 0..<count {
        var gradient = dy.row(sequence) + tableStart
        for table in tables {
          table.add(gradient, of: codes[context.block.rows[sequence] * tables.count + table.column], to: gradients)
          gradient += table.units
        }
      }
    }
    guard let target = context.batch.staticGradient else { return }
    eachObserved(context) { sequence, row, j in
      if sequence < count { target[row * featureCount + j] += dy.row(sequence)[j] }
    }
  }

  /// Calls `body` for every number of the block's sequences that was observed; the gradients of others stay 0.
  func eachObserved(_ context: BlockContext, _ body: (_ sequence: Int, _ row: Int, _ column: Int) -> Void) {
    let observed = context.batch.statics.observed
    for (sequence, row) in context.block.rows.enumerated() {
      for j in 0..<featureCount where observed?[row * featureCount + j] ?? true { body(sequence, row, j) }
    }
  }
}

/// Joins the columns per sequence to the input of a dense layer.
struct JoinOperation: Operation {
  let statics: StaticColumns
  /// Width of what they are joined to.
  let inputs: Int
  /// Whether that has one row per sequence rather than timesteps.
  let isPerSequence: Bool

  /// `[rows, inputs]` -> `[rows, inputs + width]`.
  func forward(_ context: BlockContext, _ x: Plane) -> Plane {
    let y = context.arena.plane(rows: x.rows, width: inputs + statics.width)
    let values = statics.plane(context)
    eachRow(context.block) { sequence, row in
      y.row(row).update(from: x.row(row), count: inputs)
      (y.row(row) + inputs).update(from: values.row(sequence), count: statics.width)
    }
    return y
  }

  /// The gradient of what they were joined to.
  func backward(_ context: BlockContext, _ dy: Plane) -> Plane? {
    let sums = context.arena.plane(rows: context.block.rows.count, width: statics.width)
    sums.clear()
    eachRow(context.block) { sequence, row in
      let (sum, gradient) = (sums.row(sequence), dy.row(row) + inputs)
      for j in 0..<statics.width { sum[j] += gradient[j] }
    }
    statics.addGradients(context, sums, count: sums.rows)
    return dy.columns(from: 0, count: inputs)
  }

  private func eachRow(_ block: Block, _ body: (_ sequence: Int, _ row: Int) -> Void) {
    for sequence in block.rows.indices {
      if isPerSequence {
        body(sequence, sequence)
      } else {
        for t in 0..<block.lengths[sequence] { body(sequence, block.row(sequence, t)) }
      }
    }
  }
}

/// Makes the state before the first timestep of the columns per sequence: a dense layer, and a tanh for h, which is the
/// first part.
struct StateDoor: Sendable {
  let statics: StaticColumns
  let units: Int
  let partCount: Int
  /// Where the kernel `[width, parts · H]`, then the bias `[parts · H]`, begin among the parameters.
  let kernel: Int
  private var columns: Int { partCount * units }

  /// Whether each row's sequence has begun, `[B]`: 1 where it has a state of its own.
  static let stateShape = StateShape(key: RecurrentOperation.stateKey(0, 1), units: 1, partCount: 1)
  private var bias: Int { kernel + statics.width * columns }

  /// The parts of the state, `[sequences, H]` each.
  func parts(_ context: BlockContext) -> [Plane] {
    let values = statics.plane(context)
    let parts = (0..<partCount).map { _ in context.arena.plane(rows: values.rows, width: units) }
    for part in parts { part.clear() }
    for sequence in 0..<values.rows {
      for (number, part) in parts.enumerated() {
        let (target, first) = (part.row(sequence), number * units)
        for j in 0..<units { target[j] = context.parameters[bias + first + j] }
        for k in 0..<statics.width {
          let (value, weights) = (values.row(sequence)[k], context.parameters + kernel + k * columns + first)
          for j in 0..<units { target[j] += value * weights[j] }
        }
        if number == 0 { for j in 0..<units { target[j] = tanh(target[j]) } }
      }
    }
    return parts
  }

  /// For each sequence of a block whether it has not begun before, where states are given.
  static func begins(_ context: BlockContext) -> [Bool] {
    guard let begun = context.initialStates[stateShape.key]?.parts.first else { return [] }
    return context.block.rows.map { begun[$0] == 0 }
  }

  /// Notes that the sequences with timesteps have begun.
  static func begin(_ context: BlockContext) {
    guard let begun = context.initialStates[stateShape.key]?.parts.first else { return }
    for row in context.block.rows.prefix(context.block.occupied) { begun[row] = 1 }
  }

  /// Adds the gradients of the dense layer and of the columns, from those of the state.
  /// - Parameter before: the state.
  func backward(_ context: BlockContext, _ before: [Plane], _ gradients: [Plane]) {
    guard let target = context.gradients, let h = before.first else { return }
    let values = statics.plane(context)
    let sums = context.arena.plane(rows: values.rows, width: statics.width)
    sums.clear()
    for sequence in 0..<context.block.occupied {
      for (number, part) in gradients.enumerated() {
        let (gradient, first) = (part.row(sequence), number * units)
        if number == 0 { for j in 0..<units { gradient[j] *= 1 - h.row(sequence)[j] * h.row(sequence)[j] } }
        for j in 0..<units { target[bias + first + j] += gradient[j] }
        for k in 0..<statics.width {
          let (value, offset) = (values.row(sequence)[k], kernel + k * columns + first)
          var sum: Float = 0
          for j in 0..<units {
            target[offset + j] += value * gradient[j]
            sum += context.parameters[offset + j] * gradient[j]
          }
          sums.row(sequence)[k] += sum
        }
      }
    }
    statics.addGradients(context, sums, count: context.block.occupied)
  }
}
