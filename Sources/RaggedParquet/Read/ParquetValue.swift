/// A value of a row, of any shape.
public indirect enum ParquetValue: Sendable, Equatable {
  case null
  case boolean(Bool)
  case integer(Int64)
  case unsigned(UInt64)
  case float(Float)
  case double(Double)
  /// Text or bytes; the schema says which.
  case bytes([UInt8])
  case list([ParquetValue])
  /// Named fields in the schema's order.
  case record([Field])
  /// Pairs of key and value in the file's order.
  case map([Pair])

  /// A field of a record.
  public struct Field: Sendable, Equatable {
    /// The field's name.
    public let name: String
    /// What it holds.
    public let value: ParquetValue
  }

  /// An entry of a map.
  public struct Pair: Sendable, Equatable {
    /// The key.
    public let key: ParquetValue
    /// What stands under it.
    public let value: ParquetValue
  }
}

extension ParquetBatch {
  /// The value of a field in a row of this batch. For a look at a few rows: a reader of many takes the columns.
  /// - Throws: ``ParquetError`` where a column of the field was not asked for, or columns of one list disagree about it.
  public func value(_ field: ParquetField, row: Int) throws -> ParquetValue { try value(field, slot: row) }

  private func value(_ field: ParquetField, slot: Int) throws -> ParquetValue {
    let leaves = try field.columns.map(batch)
    for leaf in leaves {
      let presence = leaf.presence(field.listDepth)
      guard presence.count > slot else { throw disagreement(field) }
      if field.isOptional, let depths = presence.depths, Int(depths[slot]) < field.optionalRank { return .null }
    }
    switch field.content {
    case .column: return leaves[0].value(slot)
    case .record(let fields):
      return .record(try fields.map { ParquetValue.Field(name: $0.name, value: try value($0, slot: slot)) })
    case .list(let element):
      return .list(try elements(field, leaves, slot).map { try value(element, slot: $0) })
    case .map(let key, let content):
      return .map(
        try elements(field, leaves, slot).map { slot in
          ParquetValue.Pair(
            key: try value(key, slot: slot), value: try value(content, slot: slot))
        })
    }
  }

  private func elements(_ field: ParquetField, _ leaves: [ParquetColumnBatch], _ slot: Int) throws -> Range<Int> {
    let range = leaves[0].lists[field.listDepth].elements(slot)
    for leaf in leaves.dropFirst() where leaf.lists[field.listDepth].elements(slot) != range {
      throw disagreement(field)
    }
    return range
  }

  private func batch(_ column: Int) throws -> ParquetColumnBatch {
    guard places[column] >= 0 else {
      throw ParquetError(.usage, "column \"\(schema.columns[column].name)\" is asked for, and was not read")
    }
    return columns[places[column]]
  }

  private func disagreement(_ field: ParquetField) -> ParquetError {
    ParquetError(
      .damaged, "the columns of it disagree about how many elements its lists have",
      ParquetPlace(column: field.name, rowGroup: rowGroup))
  }
}

extension ParquetColumnBatch {
  /// The value in a slot, whatever its type; null where it is.
  public func value(_ slot: Int) -> ParquetValue {
    guard presence.isPresent(slot) else { return .null }
    switch values {
    case .boolean(let values): return .boolean(values[slot])
    case .int32(let values): return .integer(Int64(values[slot]))
    case .int64(let values): return .integer(values[slot])
    case .uint64(let values): return .unsigned(values[slot])
    case .float(let values): return .float(values[slot])
    case .double(let values): return .double(values[slot])
    case .bytes(let values): return .bytes(values.withBytes(slot, Array.init))
    }
  }
}
