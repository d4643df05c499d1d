/// Snappy's raw format (format_description.txt of google/snappy), as Parquet's pages have it.
///
/// Ours rather than libsnappy: the format is small, and a library in C++ would be one more thing to install.
enum Snappy {
  /// Decompresses into `output`, whose size must be what the bytes say. Both lie in ``PageBytes``: up to
  /// ``PageBytes/slack`` bytes beyond either's end are touched.
  static func decompress(_ compressed: ByteCursor, into output: UnsafeMutableRawBufferPointer) throws {
    var input = compressed
    let claimed = try input.varint("snappy's length")
    guard claimed == UInt64(output.count) else {
      throw ParquetError.damaged("snappy's bytes say they hold \(claimed) bytes, and the page says \(output.count)")
    }
    guard let start = output.baseAddress else { return }
    var source = UnsafeRawPointer(input.pointer)
    let sourceEnd = source + input.remaining
    var target = start
    let targetEnd = start + output.count
    while source < sourceEnd {
      let tag = source.load(as: UInt8.self)
      source += 1
      if tag & 3 == 0 {
        let length = try literalLength(tag, &source, sourceEnd)
        guard length <= sourceEnd - source, length <= targetEnd - target else {
          throw overrun("a literal of \(length) bytes", targetEnd - target)
        }
        if length <= 16 {
          copy16(source, target)
        } else {
          target.copyMemory(from: source, byteCount: length)
        }
        source += length
        target += length
      } else {
        let (length, distance) = try match(tag, &source, sourceEnd)
        guard distance > 0, distance <= target - start, length <= targetEnd - target else {
          throw overrun("a copy of \(length) bytes from \(distance) before, at \(target - start),", targetEnd - target)
        }
        copyMatch(target, length: length, distance: distance)
        target += length
      }
    }
    guard target == targetEnd else {
      throw ParquetError.damaged("snappy's bytes hold \(target - start) bytes of the \(output.count) they promise")
    }
  }

  @inline(__always)
  private static func copy16(_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer) {
    target.storeBytes(of: source.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
  }

  @inline(__always)
  private static func literalLength(
    _ tag: UInt8, _ source: inout UnsafeRawPointer, _ end: UnsafeRawPointer
  ) throws -> Int {
    let short = Int(tag >> 2)
    guard short >= 60 else { return short + 1 }
    let bytes = short - 59
    guard bytes <= end - source else { throw overrun("the length of a literal", 0) }
    // At most 4 bytes of the word count; the others may lie beyond the end.
    let length = Int(source.loadUnaligned(as: UInt32.self).littleEndian & UInt32.max >> (32 - 8 * UInt32(bytes)))
    source += bytes
    return length + 1
  }

  @inline(__always)
  private static func match(
    _ tag: UInt8, _ source: inout UnsafeRawPointer, _ end: UnsafeRawPointer
  ) throws -> (length: Int, distance: Int) {
    let bytes = [0, 1, 2, 4][Int(tag & 3)]
    guard bytes <= end - source else { throw overrun("the distance of a copy", 0) }
    defer { source += bytes }
    switch bytes {
    case 1: return (Int(tag >> 2 & 7) + 4, Int(tag >> 5) << 8 | Int(source.load(as: UInt8.self)))
    case 2: return (Int(tag >> 2) + 1, Int(source.loadUnaligned(as: UInt16.self).littleEndian))
    default: return (Int(tag >> 2) + 1, Int(source.loadUnaligned(as: UInt32.self).littleEndian))
    }
  }

  /// Copies at most 64 bytes that lie `distance` before, which may overlap: then they repeat.
  @inline(__always)
  private static func copyMatch(_ target: UnsafeMutableRawPointer, length: Int, distance: Int) {
    let source = UnsafeRawPointer(target - distance)
    if distance >= 16 {
      var done = 0
      while done < length {
        copy16(source + done, target + done)
        done += 16
      }
    } else if distance >= 8 {
      var done = 0
      while done < length {
        (target + done).storeBytes(of: (source + done).loadUnaligned(as: UInt64.self), as: UInt64.self)
        done += 8
      }
    } else {
      for i in 0..<length {
        target.storeBytes(of: source.load(fromByteOffset: i, as: UInt8.self), toByteOffset: i, as: UInt8.self)
      }
    }
  }

  private static func overrun(_ what: String, _ left: Int) -> ParquetError {
    .damaged("snappy's bytes hold \(what) where \(left) bytes of the page are left")
  }
}
