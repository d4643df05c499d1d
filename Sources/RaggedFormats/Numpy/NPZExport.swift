import RaggedCore

/// Writes a dataset as arrays for numpy, one pass over the store for each array that needs one: every array is as long as
/// the dataset, and none of them is ever in memory.
struct NPZExport {
  private let source: any ExportedSequences
  private var facts: ExportFacts
  private let plan: NPZPlan
  /// What the arrays do not hold, in words: nothing.
  let losses: [String] = []
  private let path: String
  private let monitor: ProgressMonitor

  /// - Throws: ``ExportError`` for data that arrays cannot hold and for arrays that would be larger than is allowed.
  init(
    _ source: some ExportedSequences, _ facts: ExportFacts, _ export: SequenceExport,
    _ destination: SequenceExport.Destination,
    monitor: ProgressMonitor
  ) throws {
    guard case .file(let path) = destination, !AtomicFile.isSpecial(path) else {
      throw ExportError(.invalidOption, "an npz is written into a file, not to standard output or a device")
    }
    guard !path.lowercased().hasSuffix(".gz") else {
      throw ExportError(.invalidOption, "\(path): an npz is not compressed by gzip, numpy would not read it")
    }
    try facts.checkGroups(.npz)
    self.source = source
    self.facts = facts
    self.path = path
    self.monitor = monitor
    self.facts.labelOffsets = try Self.labelOffsets(source, monitor)
    plan = NPZPlan(source, self.facts, export.layout ?? .ragged)
    try plan.check(maximum: export.maximumBytes, path: path)
  }

  /// Where the labels of each sequence begin in the columns that are lists, by the place of the column. O(data) where there
  /// are any.
  private static func labelOffsets(
    _ source: some ExportedSequences, _ monitor: ProgressMonitor
  ) throws -> [Int: [Int]] {
    let places = source.furtherColumns.indices.filter { source.furtherColumns[$0].extent == .labels }
    guard !places.isEmpty else { return [:] }
    var offsets = places.map { _ in [0] }
    try source.forEachRecord { record in
      try SequenceExport.check(monitor)
      for (index, place) in places.enumerated() {
        offsets[index].append(offsets[index][offsets[index].count - 1] + record.cells[place].count)
      }
    }
    return Dictionary(uniqueKeysWithValues: zip(places, offsets))
  }

  /// Writes all arrays.
  /// - Parameters:
  ///   - noting: called with each sequence once.
  ///   - occurrences: what these came to.
  func write(noting: (SequenceRecord) throws -> Void, occurrences: () -> ExportOccurrences) throws {
    var writer = try NPZWriter(path: path)
    for array in plan.arrays { try write(array, noting, to: &writer) }
    if source.signature.target.isClass {
      // Whether they were declared; or else an import meets them in this order by itself.
      try writer.add("classes_declared", NPYArray(shape: [], .bool([occurrences().classesToDeclare != nil])))
    }
    try writer.finish()
  }

  private func write(
    _ array: NPZPlan.Array, _ noting: (SequenceRecord) throws -> Void, to writer: inout NPZWriter
  ) throws {
    try writer.begin(array.name, descriptor: array.descriptor, shape: array.shape, elementBytes: array.elementBytes)
    switch array.content {
    case .input:
      try source.forEachRecord { record in
        try noting(record)
        switch record.input {
        case .values(let values, _): try writer.append(values)
        case .tokens(let tokens): try writer.append(tokens)
        case .texts(let texts): try writer.append(texts.codes)
        }
        try pad(record, array, &writer)
      }
    case .targets:
      try source.forEachRecord { record in
        try SequenceExport.check(monitor)
        switch record.target {
        case .none: break
        case .classPerSequence(let labels), .classPerTimestep(let labels):
          let end = Int32(clamping: source.signature.target.names.count)
          try writer.append(labels.codes.map { $0 == end ? BatchTargets.unobservedClass : $0 })
        case .values(let values), .stepValues(let values, _): try writer.append(values)
        }
        if source.signature.target.isPerTimestep { try pad(record, array, &writer) }
      }
    case .cells(let places, let isPerTimestep):
      try source.forEachRecord { record in
        try SequenceExport.check(monitor)
        try write(places.map { record.cells[$0] }, &writer)
        if isPerTimestep { try pad(record, array, &writer) }
      }
    case .labels(let place):
      try source.forEachRecord { record in
        try SequenceExport.check(monitor)
        if case .categories(let labels) = record.cells[place] { try writer.append(labels.codes) }
      }
    case .labelOffsets(let place): try writer.append((facts.labelOffsets[place] ?? [0]).map(Int64.init))
    case .validity: try writeValidity(array, &writer)
    case .lengths: try writer.append(source.lengths.map(Int64.init))
    case .offsets:
      var end: Int64 = 0
      try writer.append(
        [0]
          + source.lengths.map { length -> Int64 in
            end += Int64(length)
            return end
          })
    case .names(let names): for name in names { try writer.append(name.codePoints(array.elementBytes / 4)) }
    case .texts(let text):
      try source.forEachHead { head in
        try SequenceExport.check(monitor)
        try writer.append((text(head) ?? "").codePoints(array.elementBytes / 4))
      }
    case .weights: try source.forEachHead { try writer.append([$0.weight ?? 1]) }
    case .hasWeight: try source.forEachHead { try writer.append([$0.weight != nil]) }
    }
    try writer.end()
  }

  /// Cells of columns of one kind, side by side.
  private func write(_ cells: [RecordCells], _ writer: inout NPZWriter) throws {
    var (numbers, codes, times): ([[Float]], [[Int32]], [[Int64]]) = ([], [], [])
    for column in cells {
      switch column {
      case .numbers(let column): numbers.append(column)
      case .categories(let column): codes.append(column.codes)
      case .times(let column): times.append(column)
      }
    }
    if !numbers.isEmpty { try writer.append(CellEncoder.rows(numbers)) }
    if !codes.isEmpty { try writer.append(CellEncoder.rows(codes)) }
    if !times.isEmpty { try writer.append(CellEncoder.rows(times)) }
  }

  /// True for what is neither padding nor an invalid timestep.
  private func writeValidity(_ array: NPZPlan.Array, _ writer: inout NPZWriter) throws {
    // Without invalid timesteps the lengths say it all.
    guard facts.hasValidity else {
      for length in source.lengths {
        try writer.append([Bool](repeating: true, count: Int(length)))
        try writer.pad(plan.padding(Int(length)))
      }
      return
    }
    try source.forEachRecord { record in
      try SequenceExport.check(monitor)
      try writer.append(record.validity ?? [Bool](repeating: true, count: record.length))
      try pad(record, array, &writer)
    }
  }

  /// Fills the row of a sequence with zeros.
  private func pad(_ record: SequenceRecord, _ array: NPZPlan.Array, _ writer: inout NPZWriter) throws {
    try writer.pad(plan.padding(record.length) * array.stepBytes)
  }
}

extension String {
  /// As `count` code points, zeros behind its own: an element of numpy's `<U`.
  fileprivate func codePoints(_ count: Int) -> [UInt32] {
    var points = unicodeScalars.map(\.value)
    points.append(contentsOf: repeatElement(0, count: count - points.count))
    return points
  }
}

/// Which arrays a dataset becomes, and how large they are: everything that is known before any is written.
struct NPZPlan {
  /// What an array holds.
  enum Content {
    case input, targets, validity, lengths, offsets, weights, hasWeight
    /// The cells of these further columns.
    case cells([Int], isPerTimestep: Bool)
    /// The labels of this further column, and where those of each sequence begin.
    case labels(Int), labelOffsets(Int)
    /// These texts.
    case names([String])
    /// A text per sequence.
    case texts((SequenceRecord) -> String?)
  }

  /// An array that is written piece by piece.
  struct Array {
    var name: String
    var descriptor: String
    var elementBytes: Int
    var shape: [Int]
    /// The number of bytes per timestep.
    var stepBytes = 0
    var content: Content

    /// Bytes of all elements; the largest number where they are more.
    var byteCount: Int {
      shape.reduce(elementBytes) { product, size in
        let (result, overflows) = product.multipliedReportingOverflow(by: size)
        return overflows ? .max : result
      }
    }
  }

  private(set) var arrays: [Array] = []
  private let layout: SequenceExport.Layout
  private let longest: Int
  private let timesteps: Int
  private let count: Int

  init(_ source: some ExportedSequences, _ facts: ExportFacts, _ layout: SequenceExport.Layout) {
    self.layout = layout
    count = source.lengths.count
    longest = Int(source.lengths.max() ?? 0)
    timesteps = source.lengths.reduce(0) { $0 + Int($1) }
    let signature = source.signature
    if let column = signature.input.tokens {
      add("tokens", "<i4", 4, cells, steps: 1, .input)
      if let vocabulary = column.vocabulary {
        addNames("vocabulary", [""] + vocabulary.tokens)
        addName("token_unit", vocabulary.unit.rawValue)
      }
    } else {
      let names = signature.input.names
      add("values", "<f4", 4, cells + [names.count], steps: names.count, .input)
      addNames("feature_names", names)
    }
    if layout == .padded {
      add("lengths", "<i8", 8, [count], .lengths)
      add("mask", "|b1", 1, cells, steps: 1, .validity)
    } else {
      add("offsets", "<i8", 8, [count + 1], .offsets)
    }
    if facts.hasValidity { add("validity", "|b1", 1, cells, steps: 1, .validity) }
    addTargets(signature.target)
    addTexts("keys", facts.keyWidth) { $0.key }
    addTexts("splits", facts.splitWidth) { $0.split }
    if facts.weighted > 0 { add("weights", "<f4", 4, [count], .weights) }
    if facts.weighted > 0, facts.weighted < count { add("has_weight", "|b1", 1, [count], .hasWeight) }
    if facts.hasGroups { addTexts("groups", facts.groupWidth) { $0.group } }
    if facts.hasMetadata { addTexts("metadata", facts.metadataWidth) { $0.metadata } }
    addColumns(source.furtherColumns)
    for (place, offsets) in facts.labelOffsets.sorted(by: { $0.key < $1.key }) {
      add("column_\(place)_codes", "<i4", 4, [offsets[offsets.count - 1]], .labels(place))
      add("column_\(place)_offsets", "<i8", 8, [count + 1], .labelOffsets(place))
    }
    if source.classColumn != SequenceSignature.classColumn, signature.target.isClass {
      addName("class_column", source.classColumn)
    }
  }

  private mutating func addColumns(_ columns: [Column]) {
    guard !columns.isEmpty else { return }
    addNames("column_names", columns.map(\.name))
    addNames("column_kinds", columns.map(\.kind.rawValue))
    addNames("column_extents", columns.map { ($0.kind == .time ? .timestep : $0.extent).rawValue })
    addNames("column_roles", columns.map(\.role.rawValue))
    for (name, kind, extent) in NPZColumns.arrays {
      let own = columns.indices.filter { columns[$0].kind == kind && (kind == .time || columns[$0].extent == extent) }
      guard !own.isEmpty else { continue }
      let isStep = extent == .timestep
      let (descriptor, bytes) = kind == .number ? ("<f4", 4) : kind == .category ? ("<i4", 4) : ("<i8", 8)
      add(
        name, descriptor, bytes, (isStep ? cells : [count]) + [own.count], steps: isStep ? own.count : 0,
        .cells(own, isPerTimestep: isStep))
    }
    for (place, column) in columns.enumerated() where column.kind == .category {
      addNames("column_\(place)_names", RecordNames(columns: [column]).columns[0])
    }
  }

  /// Padded timesteps behind a sequence of this length.
  func padding(_ length: Int) -> Int { layout == .padded ? longest - length : 0 }

  /// `[B, T]` or `[N]`.
  private var cells: [Int] { layout == .padded ? [count, longest] : [timesteps] }

  private mutating func addTargets(_ target: TargetSignature) {
    guard let kind = TargetKind(target) else { return }
    switch target {
    case .none, .labels, .several: break
    case .classPerSequence: add("targets", "<i4", 4, [count], .targets)
    case .classPerTimestep: add("targets", "<i4", 4, cells, steps: 1, .targets)
    case .valuesPerSequence(let names): add("targets", "<f4", 4, [count, names.count], .targets)
    case .valuesPerTimestep(let names):
      add("targets", "<f4", 4, cells + [names.count], steps: names.count, .targets)
    }
    addName("target_kind", kind.rawValue)
    addNames(target.isClass ? "class_names" : "target_names", target.names)
  }

  private mutating func add(
    _ name: String, _ descriptor: String, _ bytes: Int, _ shape: [Int], steps: Int = 0, _ content: Content
  ) {
    arrays.append(
      Array(
        name: name, descriptor: descriptor, elementBytes: bytes, shape: shape, stepBytes: steps * bytes,
        content: content))
  }

  private mutating func addNames(_ name: String, _ names: [String]) {
    let width = max(1, names.map(\.unicodeScalars.count).max() ?? 0)
    add(name, "<U\(width)", 4 * width, [names.count], .names(names))
  }

  /// A single text.
  private mutating func addName(_ name: String, _ text: String) {
    add(name, "<U\(text.unicodeScalars.count)", 4 * text.unicodeScalars.count, [], .names([text]))
  }

  private mutating func addTexts(_ name: String, _ width: Int, _ text: @escaping (SequenceRecord) -> String?) {
    let width = max(1, width)
    add(name, "<U\(width)", 4 * width, [count], .texts(text))
  }

  /// - Throws: ``ExportError`` that says the size where it is larger than is allowed.
  func check(maximum: Int, path: String) throws {
    let sizes = arrays.map(\.byteCount)
    let total = sizes.reduce(0) { $0 > .max - $1 ? .max : $0 + $1 }
    guard total > maximum else { return }
    var reason = ""
    if layout == .padded, count > 0 {
      reason =
        "; padded to \(longest.counted("timestep")), \(timesteps.grouped) of "
        + "\((Double(longest) * Double(count)).approximate) timesteps are real (use the ragged layout)"
    }
    if let largest = zip(arrays, sizes).max(by: { $0.1 < $1.1 }) {
      reason += "; its array \"\(largest.0.name)\" alone would take \(Double(largest.1).approximate) bytes"
    }
    throw ExportError(
      .invalidOption,
      "\(path): would take \(Double(total).approximate) bytes, expected at most \(maximum.grouped)\(reason)")
  }
}

extension Double {
  /// A large whole number in words: grouped as far as it fits, then as a power of ten.
  fileprivate var approximate: String { self < 9e15 ? Int(self).grouped : String(describing: self) }
}
