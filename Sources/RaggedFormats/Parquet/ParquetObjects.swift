import RaggedCore
import RaggedParquet

/// Writes rows as JSON objects, for the reader of sequences.
struct ParquetObjects {
  private enum Field {
    /// A flat column, or a list of cells.
    case cell(Int, ParquetCellForm), list(Int, ParquetCellForm)
    /// Lists of numbers that are the features of a timestep together.
    case joined([(column: Int, form: ParquetCellForm)], names: [String])
    case nested(ParquetField)
    /// Texts of JSON objects.
    case object(Int, name: String)
  }

  private let schema: ParquetSchema
  private let fields: [(name: CellText, field: Field)]
  /// The columns to be read, which batches have in this order.
  let columns: [ParquetColumn]
  private var row = 0

  /// - Parameters:
  ///   - joined: lists of numbers whose elements stand side by side, and what they are called together.
  ///   - object: the column whose texts are JSON objects.
  init(
    _ schema: ParquetSchema, _ kept: [ParquetField], joined: (name: String, fields: [ParquetField])?,
    object: String?
  ) {
    self.schema = schema
    var columns: [ParquetColumn] = []
    func place(_ index: Int) -> Int {
      columns.append(schema.columns[index])
      return columns.count - 1
    }
    func leaf(_ field: ParquetField) -> (Int, ParquetCellForm)? {
      guard case .column(let index) = field.content, let form = ParquetCellForm(schema.columns[index]) else {
        return nil
      }
      return (place(index), form)
    }
    func element(_ field: ParquetField) -> (Int, ParquetCellForm)? {
      if case .list(let element) = field.content { leaf(element) } else { nil }
    }
    var fields: [(String, Field)] = []
    if let joined {
      fields.append((joined.name, .joined(joined.fields.compactMap(element), names: joined.fields.map(\.name))))
    }
    for field in kept where joined?.fields.contains(field) != true {
      if let (index, form) = leaf(field) {
        let isObject = object.map(field.name.isExactly) ?? false
        fields.append((field.name, isObject ? .object(index, name: field.name) : .cell(index, form)))
      } else if let (index, form) = element(field) {
        fields.append((field.name, .list(index, form)))
      } else {
        for index in field.columns { _ = place(index) }
        fields.append((field.name, .nested(field)))
      }
    }
    self.columns = columns
    self.fields = fields.map { name, field in
      var text = CellText()
      text.appendString(name.utf8)
      text.append(0x3A)
      return (text, field)
    }
  }

  /// Adds a row of a batch.
  /// - Throws: ``ParquetError``, or ``OptionProblem`` where lists that stand side by side have different lengths.
  mutating func write(_ index: Int, of batch: ParquetBatch, to text: inout CellText) throws {
    row += 1
    text.append(0x7B)
    for (place, (name, field)) in fields.enumerated() {
      if place > 0 { text.append(0x2C) }
      text.append(name.bytes)
      switch field {
      case .cell(let column, let form): ParquetObjects.write(batch.columns[column], form, index, &text)
      case .list(let column, let form): ParquetObjects.writeList(batch.columns[column], form, index, &text)
      case .joined(let columns, let names): try writeJoined(batch, columns, names, index, &text)
      case .nested(let field): write(try batch.value(field, row: index), field, &text)
      case .object(let column, let name): try writeObject(batch.columns[column], name, index, &text)
      }
    }
    text.append("}\n")
  }

  private func writeJoined(
    _ batch: ParquetBatch, _ columns: [(column: Int, form: ParquetCellForm)], _ names: [String], _ index: Int,
    _ text: inout CellText
  ) throws {
    let ranges = columns.map { batch.columns[$0.column].lists[0].elements(index) }
    guard let count = ranges.first?.count else { return text.append("[]") }
    if let other = ranges.firstIndex(where: { $0.count != count }) {
      throw OptionProblem(
        "row \(row): column \(names[other].quotedForMessage) has a list of \(ranges[other].count), but column "
          + "\(names[0].quotedForMessage) one of \(count): features of a timestep stand side by side")
    }
    text.append(0x5B)
    for t in 0..<count {
      text.append(t > 0 ? ",[" : "[")
      for (place, (column, form)) in columns.enumerated() {
        if place > 0 { text.append(0x2C) }
        ParquetObjects.write(batch.columns[column], form, ranges[place].lowerBound + t, &text)
      }
      text.append(0x5D)
    }
    text.append(0x5D)
  }

  /// A text that is a JSON object as such an object, on one line.
  private func writeObject(
    _ batch: ParquetColumnBatch, _ name: String, _ index: Int, _ text: inout CellText
  ) throws {
    guard batch.presence.isPresent(index), case .bytes(let values) = batch.values else { return text.append("null") }
    try values.withBytes(index) { bytes in
      guard let base = bytes.baseAddress, ByteSlice(base: base, count: bytes.count).isJSONObject else {
        let shown = String(decoding: bytes, as: UTF8.self).quotedForMessage
        throw OptionProblem("row \(row): column \(name.quotedForMessage) is \(shown), expected a JSON object")
      }
      text.append(bytes.lazy.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 })
    }
  }

  private static func writeList(
    _ batch: ParquetColumnBatch, _ form: ParquetCellForm, _ index: Int, _ text: inout CellText
  ) {
    guard batch.lists[0].presence.isPresent(index) else { return text.append("null") }
    text.append(0x5B)
    let elements = batch.lists[0].elements(index)
    for slot in elements {
      if slot > elements.lowerBound { text.append(0x2C) }
      write(batch, form, slot, &text)
    }
    text.append(0x5D)
  }

  private static func write(
    _ batch: ParquetColumnBatch, _ form: ParquetCellForm, _ slot: Int, _ text: inout CellText
  ) {
    guard batch.presence.isPresent(slot) else { return text.append("null") }
    if case .bytes(let values) = batch.values {
      return values.withBytes(slot) { form == .uuid ? writeUUID($0, &text) : text.appendString($0) }
    }
    write(batch.value(slot), form, &text)
  }

  private static func writeUUID(_ bytes: UnsafeBufferPointer<UInt8>, _ text: inout CellText) {
    text.append(0x22)
    text.appendUUID(bytes)
    text.append(0x22)
  }

  private static func write(_ value: ParquetValue, _ form: ParquetCellForm, _ text: inout CellText) {
    func quoted(_ isQuoted: Bool, _ body: (inout CellText) -> Void) {
      if isQuoted { text.append(0x22) }
      body(&text)
      if isQuoted { text.append(0x22) }
    }
    func number(_ value: some BinaryFloatingPoint & CustomStringConvertible) {
      if value.isNaN { return text.append("null") }
      if value.isInfinite { return text.append(value < 0 ? "-Infinity" : "Infinity") }
      text.appendReal(value)
    }
    switch value {
    case .boolean(let value): text.append(value ? 0x31 : 0x30)
    case .integer(let value): quoted(form.kind == .time) { $0.appendInteger(value, as: form) }
    case .unsigned(let value): text.appendInteger(value)
    case .float(let value): number(value)
    case .double(let value): number(value)
    case .bytes(let bytes):
      if form == .uuid { bytes.withUnsafeBufferPointer { writeUUID($0, &text) } } else { text.appendString(bytes) }
    case .null, .list, .record, .map: text.append("null")
    }
  }

  private func write(_ value: ParquetValue, _ field: ParquetField, _ text: inout CellText) {
    func each<Element>(_ elements: [Element], _ open: UInt8, _ close: UInt8, _ body: (Element) -> Void) {
      text.append(open)
      for (place, element) in elements.enumerated() {
        if place > 0 { text.append(0x2C) }
        body(element)
      }
      text.append(close)
    }
    switch (value, field.content) {
    case (.list(let elements), .list(let element)): each(elements, 0x5B, 0x5D) { write($0, element, &text) }
    case (.record(let values), .record(let fields)):
      each(Array(zip(values, fields)), 0x7B, 0x7D) { value, field in
        text.appendString(field.name.utf8)
        text.append(0x3A)
        write(value.value, field, &text)
      }
    case (.map(let pairs), .map(let key, let content)):
      each(pairs, 0x5B, 0x5D) { pair in
        text.append(0x5B)
        write(pair.key, key, &text)
        text.append(0x2C)
        write(pair.value, content, &text)
        text.append(0x5D)
      }
    case (let value, .column(let index)):
      guard let form = ParquetCellForm(schema.columns[index]) else { return text.append("null") }
      ParquetObjects.write(value, form, &text)
    default: text.append("null")
    }
  }
}
