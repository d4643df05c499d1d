import RaggedCore

/// All columns of records in memory, and what a choice of them makes.
struct RecordPlanes: Sendable {
  /// Input and target as the file has them.
  let memory: InMemorySource
  /// The columns beside them.
  let further: [Column]
  /// What the column of classes is called.
  let classColumn: String
  /// The cells of ``further``, of whole sequences.
  let planes: ColumnPlanes

  /// What a choice of columns makes.
  struct Chosen {
    let source: InMemorySource
    /// Which sequences are left; nil where all are.
    let kept: [Int]?
    /// What was left out, in words.
    let notes: [String]
  }

  /// All columns: those of input and target, then the others.
  var columns: [Column] { memory.signature.columns(classColumn: classColumn, others: further) }

  /// The sequences with these columns for input and target; nil where that is what ``memory`` has.
  /// - Parameter keepsUnlabelled: whether sequences stay whose one target is missing.
  func choosing(_ choice: ColumnChoice, keepsUnlabelled: Bool = false) throws -> Chosen? {
    let chosen = try choice.columns(of: columns)
    let batch = memory.batch
    let isWhole = batch.targets.isPerTimestep || batch.targets.observed == nil
    let isOwn = chosen.reach == 0 && !chosen.isAskedEverywhere && !chosen.hasEnds
    if choice.weight == nil, chosen.signature == memory.signature, isWhole || keepsUnlabelled, isOwn { return nil }
    var (cells, validity) = (read(chosen.reads), batch.validity)
    if chosen.hasEnds {
      (cells, validity) = chosen.withEnds(
        cells, validity, Array(repeating: PartEnds(begins: true, ends: true), count: batch.count))
    }
    var result = try chosen.batch(
      cells, weights: batch.weights, validity: validity, ids: Array(lengths.indices),
      counts: chosen.hasEnds ? lengths.map { Int($0) + 1 } : nil)
    var notes: [String] = []
    let names = (choice.target ?? chosen.targetPlaces.map { columns[$0].name }).quotedList
    let observed = result.targets.observed
    var kept: [Int]?
    if let observed, result.targets.isPerTimestep {
      let missing = observed.indices.count { !observed[$0] && result.validity?[$0] ?? true }
      if missing > 0 {
        notes.append(Self.note(missing, "timestep", ("has", "is not judged"), ("have", "are not judged"), names))
      }
    } else if let observed, !keepsUnlabelled {
      let left = observed.indices.filter { observed[$0] }
      notes.append(
        Self.note(result.count - left.count, "sequence", ("has", "is left out"), ("have", "are left out"), names))
      (result, kept) = (result.selecting(left), left)
    }
    let keys = try memory.externalKeys(kept ?? Array(lengths.indices))
    return Chosen(source: try InMemorySource(result, signature: chosen.signature, keys: keys), kept: kept, notes: notes)
  }

  private var lengths: [Int32] { memory.lengths }

  private static func note(
    _ count: Int, _ what: String, _ one: (has: String, ends: String), _ many: (has: String, ends: String),
    _ names: String
  ) -> String {
    let words = count == 1 ? one : many
    return "\(count.counted(what)) \(words.has) no target \(names) and \(words.ends)"
  }

  /// The cells of some columns.
  private func read(_ reads: ChosenColumns.Reads) -> ColumnPlanes {
    let origins = self.origins
    var result = ColumnPlanes(offsets: planes.offsets)
    let (rows, count) = (planes.offsets[planes.offsets.count - 1], planes.offsets.count - 1)
    (result.steps, result.statics) = (
      cells(reads.numbers.map { origins[$0] }, reads.codes.map { origins[$0] }, rows: rows),
      cells(reads.staticNumbers.map { origins[$0] }, reads.staticCodes.map { origins[$0] }, rows: count)
    )
    result.labels = reads.labels.map { planes.labels[origins[$0].place] }
    let times = reads.times.map { origins[$0].place }
    let width = further.count { $0.kind == .time }
    result.times = CellEncoder.rows(times.map { time in (0..<rows).map { planes.times[$0 * width + time] } })
    let none = Array(repeating: ColumnPlanes.missingTime, count: count * times.count)
    result.earlierTimes = none
    result.firstTimes = CellEncoder.rows(
      times.map { time in
        (0..<count).map { b in
          planes.offsets[b] == planes.offsets[b + 1]
            ? ColumnPlanes.missingTime : planes.times[planes.offsets[b] * width + time]
        }
      })
    return result
  }

  /// Where the cells of a column are kept.
  private struct Origin {
    enum Plane { case input, target, steps, statics, times, labels }
    var plane: Plane
    var place: Int
  }

  /// That of each of ``columns``.
  private var origins: [Origin] {
    let signature = memory.signature
    var origins = (signature.input.isTokens ? 0..<1 : 0..<signature.input.featureCount).map {
      Origin(plane: .input, place: $0)
    }
    let targets = signature.target.isClass ? 1 : signature.target.names.count
    origins += (0..<targets).map { Origin(plane: .target, place: $0) }
    for (index, column) in further.enumerated() {
      let plane: Origin.Plane =
        switch column.extent {
        case _ where column.kind == .time: .times
        case .timestep: .steps
        case .sequence: .statics
        case .labels: .labels
        }
      let place = further[..<index].count {
        $0.kind == column.kind && (column.kind == .time || $0.extent == column.extent)
      }
      origins.append(Origin(plane: plane, place: place))
    }
    return origins
  }

  private func cells(_ numbers: [Origin], _ codes: [Origin], rows: Int) -> BatchCells {
    let batch = memory.batch
    var result = BatchCells(featureCount: numbers.count, codeCount: codes.count)
    if numbers.count == batch.input.featureCount, numbers.allSatisfy({ $0.plane == .input }),
      numbers.map(\.place).elementsEqual(0..<numbers.count)
    {
      (result.values, result.observed) = (batch.input.values, batch.input.observed)
    } else {
      var columns: [[Float]] = []
      var observed: [[Bool]] = []
      for origin in numbers {
        let cells =
          switch origin.plane {
          case .input: batch.input
          case .target: BatchCells(observing: batch.targets.values, width: memory.signature.target.names.count)
          case .steps: planes.steps
          case .statics, .times, .labels: planes.statics
          }
        columns.append((0..<rows).map { cells.values[$0 * cells.featureCount + origin.place] })
        observed.append((0..<rows).map { cells.isObserved($0, origin.place) })
      }
      result.values = CellEncoder.rows(columns)
      if observed.contains(where: { $0.contains(false) }) { result.observed = CellEncoder.rows(observed) }
    }
    result.codes = CellEncoder.rows(
      codes.map { origin in
        switch origin.plane {
        case .input: batch.input.codes
        // The code of a class is one above it.
        case .target: batch.targets.classes.map { $0 + 1 }
        case .steps: (0..<rows).map { planes.steps.codes[$0 * planes.steps.codeCount + origin.place] }
        case .statics, .times, .labels:
          (0..<rows).map { planes.statics.codes[$0 * planes.statics.codeCount + origin.place] }
        }
      })
    return result
  }
}

extension BatchCells {
  /// Numbers, of which those that are NaN were not observed.
  fileprivate init(observing values: [Float], width: Int) {
    let observed = values.map { !$0.isNaN }
    self.init(
      values: values.map { $0.isNaN ? 0 : $0 }, featureCount: width, observed: observed.contains(false) ? observed : nil
    )
  }
}
