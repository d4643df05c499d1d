import Ragged

/// Reads bytes as an archive of arrays and as one array, and, where they are a list of arrays, as the archive of these:
/// bytes changed at random seldom leave a sound archive.
///
/// A list begins with `A`; each array is a byte for the length of its name, the name, two bytes (little-endian) for its
/// length, and a `.npy` file.
enum FuzzedArrays {
  static func run(_ bytes: [UInt8]) throws {
    guard bytes.first == UInt8(ascii: "A") else {
      try FuzzedReader(formats: [.npz, .npy]).run(bytes)
      return
    }
    try FuzzedReader(formats: [.npz]).run(archive(bytes.dropFirst()))
  }

  /// The archive of a list. Checksums are left out: they are looked at when all has been read.
  private static func archive(_ list: ArraySlice<UInt8>) -> [UInt8] {
    var (rest, archive, directory) = (list, [UInt8](), [UInt8]())
    var count: UInt16 = 0
    while let nameLength = rest.popFirst(), count < 32 {
      let name = Array(rest.prefix(Int(nameLength))) + Array(".npy".utf8)
      rest = rest.dropFirst(Int(nameLength))
      guard let low = rest.popFirst(), let high = rest.popFirst() else { break }
      let data = Array(rest.prefix(Int(low) | Int(high) << 8))
      rest = rest.dropFirst(data.count)
      let shared =
        [20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] + little(UInt32(data.count)) + little(UInt32(data.count))
        + little(UInt16(name.count)) + [0, 0]
      directory +=
        [0x50, 0x4B, 1, 2, 20, 0] + shared + [UInt8](repeating: 0, count: 10) + little(UInt32(archive.count))
      directory += name
      archive += [0x50, 0x4B, 3, 4] + shared + name + data
      count += 1
    }
    let end =
      [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + little(count) + little(count) + little(UInt32(directory.count))
      + little(UInt32(archive.count)) + [0, 0]
    return archive + directory + end
  }

  private static func little(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
