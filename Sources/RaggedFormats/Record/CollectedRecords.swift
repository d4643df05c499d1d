import RaggedCore

/// Records of any number of files, laid end to end as numbers.
struct CollectedRecords {
  private var signature: SequenceSignature?
  /// Whether the first file declared its classes, so that no others may come.
  private var isClosed = false
  private var values: [Float] = []  // [N, F]
  private var tokens: [Int32] = []  // [N]
  private var offsets = [0]  // [B + 1]
  private var classes: [Int32] = []  // [B] or [N]
  private var targetValues: [Float] = []  // [B, width] or [N, width]
  private var weights: [Float]?  // [B]
  private var validity: [Bool]?  // [N]
  private var keys: [String] = []  // [B]
  private var places: [ExactName: Place] = [:]
  private var files: [String] = []

  /// Where a key came first.
  private struct Place {
    var file: Int32
    var line: Int32
  }

  /// Reads a file to its end. Its columns are brought into the order of the first file's.
  mutating func add(
    _ reader: inout FileReader, monitor: ProgressMonitor
  ) throws {
    let file = reader.source.name
    files.append(file)
    var encoder = RecordEncoder(try fit(reader.description(), file))
    var shown = 0
    func show(_ reader: FileReader) {
      monitor.report(
        WorkProgress(
          .reading, bytes: reader.bytesRead, of: file, sequences: keys.count, timesteps: offsets[keys.count]))
    }
    show(reader)
    while true {
      try monitor.check(RecordSource.stopped(file))
      guard let record = try reader.next() else { break }
      func fault(_ problem: String) -> InputError {
        InputError(file: file, line: record.line > 0 ? record.line : nil, problem: problem, key: record.key)
      }
      if let problem = duplicateProblem(record, reader.format) { throw fault(problem) }
      do {
        append(record, try encoder.encode(record))
      } catch let error as RecordFault {
        throw fault("key \"\(record.key)\": \(error.problem)")
      }
      if keys.count % 256 == 0 || reader.bytesRead - shown >= 1 << 20 {
        shown = reader.bytesRead
        show(reader)
      }
    }
    // A pipe whose wait was ended looks as if it had ended.
    try monitor.check(RecordSource.stopped(file))
    show(reader)
    signature = encoder.signature
  }

  private mutating func fit(_ description: InputDescription, _ file: String) throws -> RecordFit {
    let declared = description.target.declaredClasses
    func fault(_ problem: String) -> InputError { InputError(file: file, problem: problem, isFatal: true) }
    if let declared, declared.exactNames.count != declared.count {
      throw fault("the declared classes name one twice: \(declared.quotedList)")
    }
    guard let signature else {
      isClosed = declared != nil
      do {
        let signature = try description.signature(declared: declared, named: "the data")
        return try RecordFit(description, into: signature, declared: declared, isClosed: isClosed)
      } catch let problem as RecordFault { throw fault(problem.problem) }
    }
    do {
      return try RecordFit(description, into: signature, declared: declared, isClosed: isClosed)
    } catch let problem as RecordFault {
      throw fault("does not fit \(files[0]): \(problem.problem)")
    }
  }

  /// What is wrong where the record's key was there before; takes note of where it is otherwise.
  private mutating func duplicateProblem(_ record: SequenceRecord, _ format: FileFormat) -> String? {
    let place = Place(file: Int32(files.count - 1), line: Int32(clamping: record.line))
    guard let first = places.updateValue(place, forKey: ExactName(record.key)) else { return nil }
    guard first.file == place.file else {
      let file = files[Int(first.file)]
      return "key \"\(record.key)\" is already taken (from \(first.line > 0 ? "\(file):\(first.line)" : file))"
    }
    return SequenceRecord.duplicateProblem(
      record.key, firstLine: Int(first.line), rowPerTimestep: format.hasRowPerTimestep)
  }

  private mutating func append(_ record: SequenceRecord, _ encoded: EncodedSequence) {
    let before = offsets[keys.count]
    switch encoded.input {
    case .values(let numbers): values += numbers
    case .tokens(let numbers): tokens += numbers
    }
    switch encoded.target {
    case .none: if let index = encoded.classIndex { classes.append(index) }
    case .classes(let indices): classes += indices
    case .values(let numbers): targetValues += numbers
    }
    if let valid = encoded.validity {
      if validity == nil { validity = Array(repeating: true, count: before) }
      validity? += valid.lazy.map { $0 != 0 }
    } else {
      validity?.append(contentsOf: repeatElement(true, count: encoded.length))
    }
    if let weight = record.weight {
      if weights == nil { weights = Array(repeating: 1, count: keys.count) }
      weights?.append(weight)
    } else {
      weights?.append(1)
    }
    offsets.append(before + encoded.length)
    keys.append(record.key)
  }

  /// What has been collected, as a source.
  func source() throws -> InMemorySource {
    let signature = signature ?? SequenceSignature(input: .features([]), target: .none)
    let width = signature.input.featureCount
    let targets: BatchTargets =
      switch signature.target {
      case .none: .none
      case .classPerSequence: .classPerSequence(classes)
      case .classPerTimestep: .classPerTimestep(classes)
      case .valuesPerSequence(let names): .valuesPerSequence(targetValues, width: names.count)
      case .valuesPerTimestep(let names): .valuesPerTimestep(targetValues, width: names.count)
      }
    let batch = SequenceBatch(
      input: signature.input.isTokens ? .tokens(tokens) : .values(values, featureCount: width), offsets: offsets,
      targets: targets, weights: weights, validity: validity)
    return try InMemorySource(batch, signature: signature, keys: keys)
  }
}
