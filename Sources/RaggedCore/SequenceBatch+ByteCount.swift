extension SequenceBatch {
  /// Bytes of all its buffers. O(1).
  public var byteCount: Int {
    4 * (input.values.count + input.tokens.count + targets.classes.count + targets.values.count)
      + 8 * (offsets.count + ids.count) + 4 * (weights?.count ?? 0) + (validity?.count ?? 0)
  }
}
