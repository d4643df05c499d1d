extension ParquetColumnChunk {
  /// Refuses a chunk that is not one of the column's, or that this reader cannot read.
  func check(_ column: ParquetColumn, rows: Int) throws {
    guard !isEncrypted else { throw ParquetError.unsupported("is encrypted, which is not supported") }
    guard hasMetadata else { throw ParquetError.damaged("has no metadata in the file's footer") }
    if let otherFile, !otherFile.isEmpty {
      throw ParquetError.unsupported("has its pages in another file, \"\(otherFile)\", which is not supported")
    }
    guard physicalType == column.physicalType else {
      throw ParquetError.damaged(
        "is \(physicalType.map { "\($0)" } ?? "of an unknown type") in the row group and \(column.physicalType) in the schema"
      )
    }
    guard valueCount >= 0, rows >= 0, column.listDepth == 0 ? valueCount == rows : valueCount >= rows else {
      throw ParquetError.damaged("has \(valueCount) values in a row group of \(rows) rows")
    }
  }

  /// Where the pages lie, which is before the footer.
  func range(_ footerOffset: Int) throws -> Range<Int> {
    var start = dataOffset
    // Some writers say 0 where there is no dictionary.
    if let dictionaryOffset, dictionaryOffset >= 4, dictionaryOffset < start { start = dictionaryOffset }
    guard start >= 4, start <= footerOffset, compressedBytes >= 0 else {
      throw ParquetError.damaged(
        "has its pages at byte \(start), \(compressedBytes) of them, and pages lie between byte 4 and \(footerOffset)")
    }
    // Writers of before 2016 forgot the dictionary page's header in the size (PARQUET-816), which is less than 100 bytes.
    let (end, overflow) = start.addingReportingOverflow(compressedBytes)
    guard !overflow, end <= footerOffset else {
      throw ParquetError.damaged(
        "has its pages at byte \(start), \(compressedBytes) of them, and pages lie before byte \(footerOffset)")
    }
    return start..<min(end + 100, footerOffset)
  }
}
