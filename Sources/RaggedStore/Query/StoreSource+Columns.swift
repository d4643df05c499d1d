import GRDB
import RaggedCore

extension StoreSource {
  /// Parts of sequences with the columns that were chosen, read as ``gather(slices:)`` reads its own. Where targets lie
  /// later than their timesteps, what lies behind a part is read for them, as far as its sequence goes.
  func gather(_ slices: [SequenceSlice], _ chosen: ChosenPlanes) throws -> SequenceBatch {
    var reach = chosen.columns.reach
    // The end of a sequence is a target and no timestep.
    func length(_ position: Int) -> Int { Int(lengths[position]) + (chosen.columns.hasEnds ? 1 : 0) }
    guard reach > 0 else { return try gather(slices, chosen, reading: slices).batch }
    while true {
      let longer = slices.map { slice in
        let left = length(slice.position) - slice.start - slice.count
        return SequenceSlice(position: slice.position, start: slice.start, count: slice.count + min(reach, left))
      }
      let (batch, ahead) = try gather(slices, chosen, reading: longer)
      // Timesteps that are not valid are no targets: behind many of them more is read.
      let isComplete = zip(longer, ahead).allSatisfy { slice, valid in
        valid >= chosen.columns.reach || slice.start + slice.count == length(slice.position)
      }
      if isComplete { return batch }
      reach *= 2
    }
  }

  /// - Parameter longer: the slices with what is read behind them.
  /// - Returns: the batch, and the number of valid timesteps that were read behind each slice.
  private func gather(
    _ wanted: [SequenceSlice], _ chosen: ChosenPlanes, reading longer: [SequenceSlice]
  ) throws -> (batch: SequenceBatch, ahead: [Int]) {
    let hasEnds = chosen.columns.hasEnds
    let slices = hasEnds ? longer.map(stored) : longer
    var buffers = PlaneBuffers(chosen, slices)
    var order = slices.indices.map { UInt64(UInt32(truncatingIfNeeded: ids[slices[$0].position])) << 32 | UInt64($0) }
    order.sort()
    var weights: [Float]?
    try hints.counting {
      try snapshot.read { db in
        try readSteps(db, slices, order, &buffers)
        if chosen.readsRow { try readRows(db, slices, order, &buffers) }
        if hasWeights {
          weights = try readWeights(
            db, slices.map { StoredRow(position: $0.position, start: 0, count: 0, cell: 0) }, order)
        }
      }
    }
    try buffers.checkCodes()
    buffers.layLabels()
    var (planes, validity) = (buffers.planes, buffers.validity)
    if hasEnds {
      let ends = longer.map { slice in
        PartEnds(
          begins: slice.start == 0 && slice.count > 0,
          ends: slice.count > 0 && slice.start + slice.count == storedLength(slice.position) + 2)
      }
      (planes, validity) = chosen.columns.withEnds(planes, validity, ends)
    }
    let ahead = wanted.enumerated().map { b, slice in
      let behind = planes.offsets[b] + slice.count..<planes.offsets[b + 1]
      return validity.map { $0[behind].count { $0 } } ?? behind.count
    }
    let batch = try chosen.columns.batch(
      planes, weights: weights, validity: validity, ids: slices.map(\.position),
      counts: chosen.columns.reach > 0 ? wanted.map(\.count) : nil)
    return (batch, ahead)
  }

  /// What is stored of a slice of a sequence that has a begin, which is timestep 0, and an end behind its last one.
  private func stored(_ slice: SequenceSlice) -> SequenceSlice {
    let length = storedLength(slice.position)
    let first = min(max(0, slice.start - 1), length)
    let end = min(max(first, slice.start + slice.count - 1), length)
    return SequenceSlice(position: slice.position, start: first, count: end - first)
  }

  private func readSteps(
    _ db: Database, _ slices: [SequenceSlice], _ order: [UInt64], _ buffers: inout PlaneBuffers
  ) throws {
    let chosen = buffers.chosen
    func wanted(_ blob: PlanePart.Blob) -> String { chosen.reads(blob) ? blob.rawValue : "NULL" }
    let statement = try SQLStatement(
      cachedOn: db,
      """
      SELECT \(wanted(.input)), \(wanted(.target)), validity, \(chosen.reads(.input) ? "observed" : "NULL"),
        \(wanted(.numbers)), \(chosen.reads(.numbers) ? "cells_observed" : "NULL"), \(wanted(.codes)), \(wanted(.times)),
        \(chosen.labels.isEmpty ? "NULL" : "labels")
      FROM sequence_data WHERE sequence_id = ?
      """)
    var parts: BlobReader?
    for key in order {
      let b = Int(UInt32(truncatingIfNeeded: key))
      let (slice, length) = (slices[b], storedLength(slices[b].position))
      let id = ids[slice.position]
      if (length - slice.count) * shape.stepBytes > StoreSource.sparedBytes {
        let reader = try parts ?? BlobReader(db)
        parts = reader
        guard let sizes = try reader.blobSizes(id) else { throw gone(slice.position) }
        try shape.check(sizes, length: length, id: id)
        try buffers.take(b, slice, id: id, sizes: sizes) { try reader.bytes($0, of: id, $1) }
        if !chosen.labels.isEmpty {
          try reader.bytes("labels", of: id, 0..<(sizes.labels ?? 0)).withUnsafeBytes {
            try buffers.takeLabels(b, shape.lists($0, id: id))
          }
        }
        continue
      }
      statement.bind(id, at: 1)
      guard try statement.step() else { throw gone(slice.position) }
      let blobs = statement.blobs(from: 0)
      try shape.checkChosen(blobs, chosen, length: length, id: id)
      try buffers.take(b, slice, blobs)
      if !chosen.labels.isEmpty { try buffers.takeLabels(b, shape.lists(blobs.labels, id: id)) }
      statement.reset()
    }
  }

  private func readRows(
    _ db: Database, _ slices: [SequenceSlice], _ order: [UInt64], _ buffers: inout PlaneBuffers
  ) throws {
    let statement = try SQLStatement(cachedOn: db, "SELECT statics, class FROM sequence WHERE id = ?")
    for key in order {
      let b = Int(UInt32(truncatingIfNeeded: key))
      let id = ids[slices[b].position]
      statement.bind(id, at: 1)
      guard try statement.step() else { throw gone(slices[b].position) }
      let chosen = buffers.chosen
      let cells =
        chosen.readsStatics
        ? try chosen.statics.cells(statement.isNull(0) ? nil : statement.text(0), id: id) : StaticCells()
      buffers.takeStatics(b, cells.cells, classIndex: statement.isNull(1) ? -1 : Int32(clamping: statement.int64(1)))
      statement.reset()
    }
  }
}

extension BlobShape {
  /// Checks the blobs that are read for chosen columns; the others are not there.
  fileprivate func checkChosen(_ blobs: SequenceBlobs, _ chosen: ChosenPlanes, length: Int, id: Int64) throws {
    var sizes = blobs.sizes
    if !chosen.reads(.input) { sizes.input = inputStepBytes * length }
    if !chosen.reads(.target) { sizes.target = targetBytes(length: length) }
    if !chosen.reads(.numbers) { sizes.numbers = 4 * numbers.count * length }
    if !chosen.reads(.codes) { sizes.codes = 4 * codes.count * length }
    if !chosen.reads(.times) { sizes.times = 8 * times.count * length }
    if chosen.labels.isEmpty { sizes.labels = labels.isEmpty ? nil : 4 * labels.count }
    try check(sizes, length: length, id: id)
  }
}

/// The planes of a batch that is being gathered.
private struct PlaneBuffers {
  let chosen: ChosenPlanes
  private(set) var planes: ColumnPlanes
  private(set) var validity: [Bool]?
  /// The labels of each chosen column and sequence, which come in the order of the file.
  private var labels: [[[Int32]]]

  init(_ chosen: ChosenPlanes, _ slices: [SequenceSlice]) {
    self.chosen = chosen
    labels = chosen.labels.map { _ in Array(repeating: [], count: slices.count) }
    var offsets = [0]
    for slice in slices { offsets.append(offsets[offsets.count - 1] + slice.count) }
    let (rows, reads) = (offsets[offsets.count - 1], chosen.columns.reads)
    func cells(_ rows: Int, _ numbers: Int, _ codes: Int) -> BatchCells {
      BatchCells(
        values: Array(repeating: 0, count: rows * numbers), featureCount: numbers,
        codes: Array(repeating: 0, count: rows * codes), codeCount: codes)
    }
    func times(_ rows: Int) -> [Int64] {
      Array(repeating: ColumnPlanes.missingTime, count: rows * reads.times.count)
    }
    planes = ColumnPlanes(
      offsets: offsets, steps: cells(rows, reads.numbers.count, reads.codes.count), times: times(rows),
      firstTimes: times(slices.count), earlierTimes: times(slices.count),
      statics: cells(slices.count, reads.staticNumbers.count, reads.staticCodes.count))
  }

  /// Takes a part of a sequence whose blobs are at hand.
  mutating func take(_ b: Int, _ slice: SequenceSlice, _ blobs: SequenceBlobs) throws {
    let steps = slice.start..<slice.start + slice.count
    func part(_ bytes: UnsafeRawBufferPointer?, _ stepBytes: Int) -> UnsafeRawBufferPointer {
      guard let bytes else { return UnsafeRawBufferPointer(start: nil, count: 0) }
      return UnsafeRawBufferPointer(rebasing: bytes[steps.lowerBound * stepBytes..<steps.upperBound * stepBytes])
    }
    func bytes(_ blob: PlanePart.Blob) -> UnsafeRawBufferPointer? {
      switch blob {
      case .input: blobs.input
      case .target: blobs.target
      case .numbers: blobs.numbers
      case .codes: blobs.codes
      case .times: blobs.times
      }
    }
    for plane in chosen.numbers {
      let bits = plane.blob == .input ? blobs.observed : plane.blob == .numbers ? blobs.cellsObserved : nil
      takeNumbers(b, plane, part(bytes(plane.blob), 4 * plane.width), bits, firstBit: steps.lowerBound * plane.width)
    }
    for plane in chosen.codes { takeCodes(b, plane, part(bytes(plane.blob), 4 * plane.width)) }
    for plane in chosen.times {
      takeTimes(b, plane, part(blobs.times, 8 * plane.width))
      try takeEarlier(b, plane, before: slice.start, of: (blobs.times?.count ?? 0) / (8 * plane.width)) { range in
        guard let times = blobs.times else { return [] }
        let part = times[range.lowerBound * 8 * plane.width..<range.upperBound * 8 * plane.width]
        return Array(UnsafeRawBufferPointer(rebasing: part).numbers(Int64.self))
      }
    }
    if let bytes = blobs.validity { takeValidity(b, part(bytes, 1)) }
    takeTargetValues(b, blobs.target)
  }

  /// Takes a small part of a long sequence, of which the rest is not read.
  /// - Parameter read: gives bytes of a blob by its name.
  mutating func take(
    _ b: Int, _ slice: SequenceSlice, id: Int64, sizes: BlobSizes,
    _ read: (String, Range<Int>) throws -> [UInt8]
  ) throws {
    let steps = slice.start..<slice.start + slice.count
    func bytes(_ blob: String, _ stepBytes: Int) throws -> [UInt8] {
      try read(blob, steps.lowerBound * stepBytes..<steps.upperBound * stepBytes)
    }
    for plane in chosen.numbers {
      let hasBits = plane.blob == .input ? sizes.observed != nil : plane.blob == .numbers && sizes.cellsObserved != nil
      let firstByte = steps.lowerBound * plane.width / 8
      let bits =
        hasBits
        ? try read(
          plane.blob == .input ? "observed" : "cells_observed",
          firstByte..<ObservedBits.bytes(steps.upperBound * plane.width)) : nil
      let numbers = try bytes(plane.blob.rawValue, 4 * plane.width)
      numbers.withUnsafeBytes { numbers in
        guard let bits else { return takeNumbers(b, plane, numbers, nil, firstBit: 0) }
        bits.withUnsafeBytes {
          takeNumbers(b, plane, numbers, $0, firstBit: steps.lowerBound * plane.width - 8 * firstByte)
        }
      }
    }
    for plane in chosen.codes {
      let codes = try bytes(plane.blob.rawValue, 4 * plane.width)
      codes.withUnsafeBytes { takeCodes(b, plane, $0) }
    }
    for plane in chosen.times {
      let times = try bytes("times", 8 * plane.width)
      times.withUnsafeBytes { takeTimes(b, plane, $0) }
      try takeEarlier(b, plane, before: slice.start, of: (sizes.times ?? 0) / (8 * plane.width)) { range in
        try read("times", range.lowerBound * 8 * plane.width..<range.upperBound * 8 * plane.width)
          .withUnsafeBytes { Array($0.numbers(Int64.self)) }
      }
    }
    if sizes.validity != nil { try bytes("validity", 1).withUnsafeBytes { takeValidity(b, $0) } }
    if chosen.readsTargetValues { try read("target", 0..<sizes.target).withUnsafeBytes { takeTargetValues(b, $0) } }
  }

  /// - Parameter firstBit: the bit of the first number.
  private mutating func takeNumbers(
    _ b: Int, _ part: PlanePart, _ bytes: UnsafeRawBufferPointer, _ bits: UnsafeRawBufferPointer?, firstBit: Int
  ) {
    let (count, first, width) = (
      planes.offsets[b + 1] - planes.offsets[b], planes.offsets[b], planes.steps.featureCount
    )
    guard count > 0 else { return }
    planes.steps.values.withUnsafeMutableBufferPointer { values in
      if part.isWhole(width), let base = bytes.baseAddress, let target = values.baseAddress {
        UnsafeMutableRawPointer(target + first * width).copyMemory(from: base, byteCount: 4 * count * width)
        return
      }
      for (from, to) in part.columns {
        for t in 0..<count {
          values[(first &+ t) &* width &+ to] = bytes.number(t &* part.width &+ from)
        }
      }
    }
    if part.blob == .target {
      // A target that was not observed is NaN.
      for (_, to) in part.columns {
        for t in 0..<count where planes.steps.values[(first + t) * width + to].isNaN {
          planes.steps.takeMissing(at: (first + t) * width + to)
        }
      }
    }
    guard let bits else { return }
    if planes.steps.observed == nil {
      planes.steps.observed = Array(repeating: true, count: planes.steps.values.count)
    }
    for (from, to) in part.columns {
      for t in 0..<count where !bits.bit(firstBit + t * part.width + from) {
        // What stands in the blob there means nothing, and must not be seen.
        planes.steps.values[(first + t) * width + to] = 0
        planes.steps.observed?[(first + t) * width + to] = false
      }
    }
  }

  private mutating func takeCodes(_ b: Int, _ part: PlanePart, _ bytes: UnsafeRawBufferPointer) {
    let (count, first, width) = (planes.offsets[b + 1] - planes.offsets[b], planes.offsets[b], planes.steps.codeCount)
    let offset = part.codeOffset
    planes.steps.codes.withUnsafeMutableBufferPointer { codes in
      for (from, to) in part.columns {
        for t in 0..<count {
          codes[(first &+ t) &* width &+ to] = bytes.number(t &* part.width &+ from, as: Int32.self) &+ offset
        }
      }
    }
  }

  private mutating func takeTimes(_ b: Int, _ part: PlanePart, _ bytes: UnsafeRawBufferPointer) {
    let (count, first) = (planes.offsets[b + 1] - planes.offsets[b], planes.offsets[b])
    let width = chosen.columns.reads.times.count
    for (from, to) in part.columns {
      for t in 0..<count { planes.times[(first + t) * width + to] = bytes.number(t * part.width + from) }
    }
  }

  /// Timesteps that are read at once to find a time that is not missing.
  private static let block = 256

  /// Takes the times of a sequence's first timestep, and the last ones before a part that are not missing.
  /// - Parameter times: those of some timesteps, each with all of the blob's columns.
  private mutating func takeEarlier(
    _ b: Int, _ part: PlanePart, before start: Int, of length: Int, _ times: (Range<Int>) throws -> [Int64]
  ) throws {
    guard length > 0 else { return }
    let width = chosen.columns.reads.times.count
    let first = try times(0..<1)
    for (from, to) in part.columns { planes.firstTimes[b * width + to] = first[from] }
    var (end, missing) = (start, part.columns)
    while end > 0, !missing.isEmpty {
      // Mostly the one before is there.
      let range = max(0, end - (end == start ? 1 : Self.block))..<end
      let found = try times(range)
      missing.removeAll { from, to in
        for t in range.indices.reversed() {
          let time = found[(t - range.lowerBound) * part.width + from]
          guard time != ColumnPlanes.missingTime else { continue }
          planes.earlierTimes[b * width + to] = time
          return true
        }
        return false
      }
      end = range.lowerBound
    }
  }

  private mutating func takeValidity(_ b: Int, _ bytes: UnsafeRawBufferPointer) {
    let first = planes.offsets[b]
    if validity == nil { validity = Array(repeating: true, count: planes.offsets[planes.offsets.count - 1]) }
    for (t, byte) in bytes.enumerated() { validity?[first + t] = byte != 0 }
  }

  private mutating func takeTargetValues(_ b: Int, _ bytes: UnsafeRawBufferPointer) {
    for (place, part) in chosen.staticNumbers.enumerated() {
      guard case .targetValue(let value) = part else { continue }
      let cell = b * chosen.staticNumbers.count + place
      planes.statics.values[cell] = bytes.number(value)
      if planes.statics.values[cell].isNaN { planes.statics.takeMissing(at: cell) }
    }
  }

  /// Takes the labels of a sequence in all of its dataset's columns of labels.
  mutating func takeLabels(_ b: Int, _ lists: [[Int32]]) {
    for (column, chosen) in chosen.labels.enumerated() { labels[column][b] = lists[chosen.place] }
  }

  /// Lays the labels end to end, once all are there.
  mutating func layLabels() { planes.labels = labels.map { LabelLists($0) } }

  /// Takes the cells of a sequence.
  mutating func takeStatics(_ b: Int, _ cells: BatchCells, classIndex: Int32) {
    let width = chosen.staticNumbers.count
    for (place, part) in chosen.staticNumbers.enumerated() {
      guard case .number(let number) = part else { continue }
      planes.statics.values[b * width + place] = cells.values[number]
      guard !cells.isObserved(0, number) else { continue }
      if planes.statics.observed == nil {
        planes.statics.observed = Array(repeating: true, count: planes.statics.values.count)
      }
      planes.statics.observed?[b * width + place] = false
    }
    for (place, part) in chosen.staticCodes.enumerated() {
      let code = if case .code(let code) = part { cells.codes[code] } else { classIndex &+ 1 }
      planes.statics.codes[b * chosen.staticCodes.count + place] = code
    }
  }

  /// - Throws: ``StoreError`` for a code that its column does not have.
  func checkCodes() throws {
    for (cells, sizes) in [(planes.steps, chosen.codeSizes), (planes.statics, chosen.staticCodeSizes)] {
      for (column, size) in sizes.enumerated() {
        for index in stride(from: column, to: cells.codes.count, by: sizes.count)
        where cells.codes[index] < 0 || cells.codes[index] >= size {
          throw StoreError(.damaged, "a code is \(cells.codes[index]), expected 0 to \(size - 1)")
        }
      }
    }
    for (column, lists) in zip(chosen.labels, labels) {
      for list in lists {
        if let wrong = list.firstOutside(column.size) {
          throw StoreError(.damaged, "a label is \(wrong), expected 0 to \(column.size - 1)")
        }
      }
    }
  }
}

extension BatchCells {
  /// Says that a number was not observed.
  fileprivate mutating func takeMissing(at cell: Int) {
    if observed == nil { observed = Array(repeating: true, count: values.count) }
    observed?[cell] = false
    values[cell] = 0
  }
}
