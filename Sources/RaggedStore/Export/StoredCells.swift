import RaggedCore
import RaggedFormats

/// The cells of a dataset's further columns as records have them.
struct StoredCells {
  private let shape: BlobShape
  private let statics: StaticColumns
  /// What the codes of each column stand for: nothing for 0, that of a missing cell.
  private let names: [[String]]

  init(_ dataset: StoredDataset) {
    shape = BlobShape(dataset)
    statics = StaticColumns(dataset)
    names = dataset.columns.map { [""] + ($0.vocabulary?.tokens ?? []) }
  }

  /// The cells of a sequence whose blobs have been checked against its length, in the order of the columns.
  /// - Throws: ``StoreError`` for a code that its column does not have, and for other cells than those of the columns.
  func cells(
    _ blobs: SequenceBlobs, _ text: String?, length: Int, id: Int64
  ) throws -> [RecordCells] {
    if shape.columns.isEmpty { return [] }
    let statics = try statics.cells(text, id: id)
    let lists = Dictionary(
      uniqueKeysWithValues: zip(shape.labels, shape.labels.isEmpty ? [] : try shape.lists(blobs.labels, id: id)))
    func checked(_ codes: [Int32], _ index: Int) throws -> RecordCells {
      if let wrong = codes.first(where: { !names[index].indices.contains(Int($0)) }) {
        throw StoreError(
          .damaged,
          "sequence \(id): its \"\(shape.columns[index].name)\" is \(wrong), expected 0 to \(names[index].count - 1)")
      }
      return .categories(Categories(codes: codes, names: names[index]))
    }
    var place = 0
    return try shape.columns.enumerated().map { index, column in
      if column.extent == .sequence {
        defer { place += 1 }
        let place = self.statics.place(place)
        switch column.kind {
        case .number: return .numbers([statics.cells.isObserved(0, place) ? statics.cells.values[place] : .nan])
        case .category: return .categories(Categories(codes: [statics.cells.codes[place]], names: names[index]))
        case .time: return .times([statics.times[place]])
        }
      }
      if column.extent == .labels { return try checked(lists[index] ?? [], index) }
      func cells<Number: BitwiseCopyable>(_ bytes: UnsafeRawBufferPointer?, _ columns: [Int]) -> [Number] {
        guard let bytes, let place = columns.firstIndex(of: index) else { return [] }
        return (0..<length).map { bytes.number($0 * columns.count + place) }
      }
      switch column.kind {
      case .number:
        var values: [Float] = cells(blobs.numbers, shape.numbers)
        if let bits = blobs.cellsObserved, let place = shape.numbers.firstIndex(of: index) {
          for t in values.indices where !bits.bit(t * shape.numbers.count + place) { values[t] = .nan }
        }
        return .numbers(values)
      case .category:
        return try checked(cells(blobs.codes, shape.codes), index)
      case .time: return .times(cells(blobs.times, shape.times))
      }
    }
  }
}

extension SequenceBlobs {
  /// The input's numbers, NaN where one was not observed.
  var values: [Float] {
    var values = Array(input.numbers(Float.self))
    if let observed { for index in values.indices where !observed.bit(index) { values[index] = .nan } }
    return values
  }
}
