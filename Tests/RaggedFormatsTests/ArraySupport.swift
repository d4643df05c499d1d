import Foundation

@testable import RaggedFormats

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

/// An archive of these members, stored as they are, with their checksums.
func archive(_ members: [(name: String, bytes: [UInt8])]) -> [UInt8] {
  var zip = ZipArchive(zip64From: ZipArchive.zip64Limit)
  var result: [UInt8] = []
  for (name, bytes) in members {
    result += zip.append(name, size: UInt64(bytes.count), checksum: NPZWriterTests.checksum(bytes)) + bytes
  }
  return result + zip.directory()
}

/// Reads an archive of arrays.
func readArrays(_ arrays: [(name: String, bytes: [UInt8])], options: NPZOptions = NPZOptions()) throws -> Reading {
  try withFile("a.npz", archive(arrays.map { ($0.name + ".npy", $0.bytes) })) { readAll($0, options: options) }
}

/// Two sequences of up to two timesteps of one feature.
let values = ("values", npy("'<f4'", "(2, 2)", little([1, 2, 3, 4] as [Float])))
