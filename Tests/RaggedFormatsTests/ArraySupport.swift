import Foundation
import RaggedFormats

/// Where the files are that numpy and TensorFlow wrote.
let ecosystemFixtures = inputFixtures.deletingLastPathComponent().appendingPathComponent("ecosystem")

/// Reads a file that numpy or TensorFlow wrote.
func readEcosystem(_ name: String, options: (any FormatOptions)? = nil) -> Reading {
  readAll(ecosystemFixtures.appendingPathComponent(name).path, options: options)
}

/// The bytes of a `.npy` file with any header over any elements.
func npy(_ descriptor: String, _ shape: String, _ elements: [UInt8] = [], isFortran: Bool = false) -> [UInt8] {
  header("{'descr': \(descriptor), 'fortran_order': \(isFortran ? "True" : "False"), 'shape': \(shape), }") + elements
}

/// The bytes of a `.npy` file up to its elements.
func header(_ text: String) -> [UInt8] {
  [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(text.utf8.count & 0xff), UInt8(text.utf8.count >> 8)] + Array(text.utf8)
}

/// Little-endian bytes.
func little(_ numbers: [some BitwiseCopyable]) -> [UInt8] { numbers.withUnsafeBytes { Array($0) } }

extension [UInt8] {
  /// The little-endian number of `width` bytes at a place.
  func number(_ at: Int, _ width: Int) -> Int { self[at..<at + width].reversed().reduce(0) { $0 << 8 | Int($1) } }
}

/// An archive of these members, stored as they are, with their checksums.
func archive(_ members: [(name: String, bytes: [UInt8])]) throws -> [UInt8] {
  let folder = try WriterFolder()
  var writer = try NPZWriter(path: folder.file("a.npz"))
  for (name, bytes) in members { try writer.add(file: name, bytes) }
  try writer.finish()
  return try Array(Data(contentsOf: URL(fileURLWithPath: folder.file("a.npz"))))
}

/// Reads an archive of arrays.
func readArrays(_ arrays: [(name: String, bytes: [UInt8])], options: NPZOptions = NPZOptions()) throws -> Reading {
  try withFile("a.npz", archive(arrays.map { ($0.name + ".npy", $0.bytes) })) { readAll($0, options: options) }
}

/// Two sequences of up to two timesteps of one feature.
let values = ("values", npy("'<f4'", "(2, 2)", little([1, 2, 3, 4] as [Float])))
