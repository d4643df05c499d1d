import RaggedCore

/// Writes a dataset as arrays for numpy, one pass over the store for each array that needs one: every array is as long as
/// the dataset, and none of them is ever in memory.
struct NPZExport {
  private let source: any ExportedSequences
  private let facts: ExportFacts
  private let plan: NPZPlan
  private let path: String
  private let progress: ExportProgress

  /// - Throws: ``ExportError`` for data that arrays cannot hold and for arrays that would be larger than is allowed.
  init(
    _ source: some ExportedSequences, _ facts: ExportFacts, _ export: SequenceExport,
    _ destination: SequenceExport.Destination,
    progress: ExportProgress
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
    self.progress = progress
    plan = NPZPlan(source, facts, export.layout)
    try plan.check(maximum: export.maximumBytes, path: path)
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
      try writer.add(
        "classes_declared", NPYArray(shape: [], .bool([occurrences().classesToDeclare != nil])))
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
        try progress.check()
        switch record.target {
        case .none: break
        case .classPerSequence(let labels), .classPerTimestep(let labels): try writer.append(labels.codes)
        case .values(let values), .stepValues(let values, _): try writer.append(values)
        }
        if source.signature.target.isPerTimestep { try pad(record, array, &writer) }
      }
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
        try progress.check()
        try writer.append((text(head) ?? "").codePoints(array.elementBytes / 4))
      }
    case .weights: try source.forEachHead { try writer.append([$0.weight ?? 1]) }
    case .hasWeight: try source.forEachHead { try writer.append([$0.weight != nil]) }
    }
    try writer.end()
  }

  /// True for what is neither padding nor an invalid timestep.
  private func writeValidity(_ array: NPZPlan.Array, _ writer: inout NPZWriter) throws {
    // Without invalid timesteps the lengths tell all.
    guard facts.hasValidity else {
      for length in source.lengths {
        try writer.append([Bool](repeating: true, count: Int(length)))
        try writer.pad(plan.padding(Int(length)))
      }
      return
    }
    try source.forEachRecord { record in
      try progress.check()
      try writer.append(record.validity ?? [Bool](repeating: true, count: record.input.length))
      try pad(record, array, &writer)
    }
  }

  /// Fills the row of a sequence with zeros.
  private func pad(_ record: SequenceRecord, _ array: NPZPlan.Array, _ writer: inout NPZWriter) throws {
    try writer.pad(plan.padding(record.input.length) * array.stepBytes)
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
