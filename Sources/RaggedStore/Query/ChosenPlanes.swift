import RaggedCore

/// Columns that were chosen, and where their cells lie in the rows of a store.
struct ChosenPlanes: Sendable {
  let columns: ChosenColumns
  let statics: StaticColumns
  /// What the numbers, codes and times per timestep are put together from.
  private(set) var numbers: [PlanePart] = []
  private(set) var codes: [PlanePart] = []
  private(set) var times: [PlanePart] = []
  /// The sizes of the columns of codes.
  let codeSizes: [Int]
  private(set) var staticNumbers: [StaticPart] = []
  private(set) var staticCodes: [StaticPart] = []
  let staticCodeSizes: [Int]
  /// The places of the chosen labels among the columns of labels, and the sizes of their columns.
  let labels: [(place: Int, size: Int)]
  /// Of a target per sequence that is one of the further columns: its places among their cells.
  private var targets: [StaticPart] = []
  /// Whether the target is a class per sequence that is one of the further columns, whose codes begin behind that of a
  /// missing cell.
  private(set) var keepsCodes = false
  /// Whether a column takes the place of the weights that came with the data.
  let hasWeight: Bool

  /// - Returns: nil where the choice is the dataset's own input and target.
  /// - Throws: `RaggedCoreError` for a choice that the dataset does not have.
  init?(_ choice: ColumnChoice, of dataset: StoredDataset) throws {
    let all = dataset.allColumns
    columns = try choice.columns(of: all)
    let own = Array(all.dropLast(dataset.columns.count))
    if columns == (try ColumnChoice().columns(of: own)) { return nil }
    statics = StaticColumns(dataset)
    hasWeight = choice.weight != nil
    let reads = columns.reads
    codeSizes = reads.codes.map { all[$0].size }
    staticCodeSizes = reads.staticCodes.map { all[$0].size }
    let places = StoredPlaces(dataset)
    let lists = all.indices.filter { all[$0].extent == .labels }
    labels = reads.labels.map { (lists.firstIndex(of: $0) ?? 0, all[$0].size) }
    for (to, place) in reads.numbers.enumerated() { Self.add(places[place], to: to, in: &numbers) }
    for (to, place) in reads.codes.enumerated() { Self.add(places[place], to: to, in: &codes) }
    for (to, place) in reads.times.enumerated() { Self.add(places[place], to: to, in: &times) }
    staticNumbers = reads.staticNumbers.map { places.part(perSequence: $0) }
    staticCodes = reads.staticCodes.map { places.part(perSequence: $0) }
    // Of several targets each has a validity of its own: no sequence is left out for one.
    guard !columns.signature.target.needsOutputsPerTimestep, columns.signature.target.parts.isEmpty else { return }
    targets = columns.targetPlaces.map { places.part(perSequence: $0) }
    if case .classPerSequence = columns.signature.target, case .code? = targets.first { keepsCodes = true }
  }

  private static func add(_ place: StoredPlaces.Place, to: Int, in parts: inout [PlanePart]) {
    guard case .step(let blob, let width, let from) = place else { return }
    if let index = parts.firstIndex(where: { $0.blob == blob }) {
      parts[index].columns.append((from, to))
    } else {
      parts.append(PlanePart(blob: blob, width: width, columns: [(from, to)]))
    }
  }

  /// Whether `sequence.statics` is read.
  var readsStatics: Bool {
    (staticNumbers + staticCodes).contains {
      if case .number = $0 { true } else if case .code = $0 { true } else { false }
    }
  }

  /// Whether the row in `sequence` is read.
  var readsRow: Bool { readsStatics || staticCodes.contains(.classIndex) }

  /// Whether values per sequence are read from the target's blob.
  var readsTargetValues: Bool { staticNumbers.contains { if case .targetValue = $0 { true } else { false } } }

  /// Which values of the target's blob are the target, where it is one per sequence.
  var targetValues: [Int] { targets.compactMap { if case .targetValue(let place) = $0 { place } else { nil } } }

  /// Whether a blob is read.
  func reads(_ blob: PlanePart.Blob) -> Bool {
    (numbers + codes + times).contains { $0.blob == blob } || blob == .target && readsTargetValues
  }

  /// Whether a target per sequence is there.
  func isLabelled(_ cells: StaticCells) -> Bool {
    targets.allSatisfy { part in
      switch part {
      case .number(let place): cells.cells.isObserved(0, place)
      case .code(let place): cells.cells.codes[place] != 0
      case .targetValue, .classIndex: true
      }
    }
  }

  /// The code of a class per sequence that is one of the further columns; nil for other targets.
  func classCode(_ cells: StaticCells) -> Int32? {
    guard keepsCodes, case .code(let place)? = targets.first else { return nil }
    return cells.cells.codes[place]
  }

  /// Adds what was chosen to a fingerprint.
  func add(to hash: inout StableHash) {
    let signature = columns.signature
    let heads = signature.target.parts.flatMap { [[$0.name], $0.target.names] }
    let named = [signature.input.timestep.names, signature.input.statics.names, signature.target.names] + heads
    // Of a choice without labels the fingerprint is what it was before there were any.
    for names in named + (labels.isEmpty ? [] : [signature.labels.map(\.name)]) {
      hash.add(UInt64(names.count))
      for name in names {
        hash.add(name.utf8)
        hash.add(0)
      }
    }
    for place in columns.targetPlaces { hash.add(UInt64(place)) }
    if columns.hasEnds { hash.add(UInt64.max) }
    if let place = columns.stepWeightPlace { hash.add(UInt64(place) &+ 1 << 40) }
    // Of a target that is its timestep's own the fingerprint is what it was before there were others.
    if columns.reach > 0 || columns.isAskedEverywhere {
      for step in columns.targetSteps { hash.add(UInt64(step) &+ 1) }
    }
  }
}

/// Columns of one blob of a row that go into one plane of a batch.
struct PlanePart: Sendable {
  /// The blobs with cells per timestep, by their names in `sequence_data`.
  enum Blob: String { case input, target, numbers, codes, times }

  var blob: Blob
  /// Numbers per timestep in the blob.
  var width: Int
  /// Where each column is in the blob's timestep, and where it goes in that of the plane.
  var columns: [(from: Int, to: Int)]

  /// Whether the blob's timesteps are those of the plane.
  func isWhole(_ planeWidth: Int) -> Bool {
    columns.count == width && planeWidth == width && columns.enumerated().allSatisfy { $0 == $1.from && $0 == $1.to }
  }

  /// What is added to a code: classes are stored from 0 on and -1 where one is missing, and 0 is the code of a missing cell.
  var codeOffset: Int32 { blob == .target ? 1 : 0 }
}

/// Where a cell per sequence is found.
enum StaticPart: Sendable, Equatable {
  /// Among the numbers, or the codes, of `sequence.statics`.
  case number(Int), code(Int)
  /// Among the values of the target's blob.
  case targetValue(Int)
  /// In `sequence.class`.
  case classIndex
}

/// Where the cells of each of a dataset's columns lie.
private struct StoredPlaces {
  enum Place {
    case step(PlanePart.Blob, width: Int, Int)
    case sequence(StaticPart)
  }

  private var places: [Place] = []

  init(_ dataset: StoredDataset) {
    let (shape, signature) = (BlobShape(dataset), dataset.signature)
    places = (0..<shape.inputWidth).map { .step(.input, width: shape.inputWidth, $0) }
    switch signature.target {
    case .none, .labels, .several: break
    case .classPerSequence: places.append(.sequence(.classIndex))
    case .classPerTimestep: places.append(.step(.target, width: 1, 0))
    case .valuesPerSequence(let names): places += names.indices.map { .sequence(.targetValue($0)) }
    case .valuesPerTimestep(let names): places += names.indices.map { .step(.target, width: names.count, $0) }
    }
    let statics = StaticColumns(dataset)
    for (place, column) in dataset.columns.enumerated() {
      func step(_ blob: PlanePart.Blob, _ columns: [Int]) -> Place {
        .step(blob, width: columns.count, columns.firstIndex(of: place) ?? 0)
      }
      switch (column.kind, column.extent) {
      case (.number, .timestep): places.append(step(.numbers, shape.numbers))
      case (.category, .timestep): places.append(step(.codes, shape.codes))
      case (.time, .timestep): places.append(step(.times, shape.times))
      // Its lists are no cells of a plane.
      case (_, .labels): places.append(.sequence(.classIndex))
      case (let kind, .sequence):
        let index = statics.place(shape.statics.firstIndex(of: place) ?? 0)
        // A time per sequence feeds no model.
        places.append(.sequence(kind == .category ? .code(index) : .number(index)))
      }
    }
  }

  subscript(place: Int) -> Place { places[place] }

  func part(perSequence place: Int) -> StaticPart {
    if case .sequence(let part) = places[place] { part } else { .classIndex }
  }
}
