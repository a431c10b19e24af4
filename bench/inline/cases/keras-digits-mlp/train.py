import numpy as np
import keras
from keras import layers
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

keras.utils.set_random_seed(3)

batch_size = 64
epochs = 4

x, y = load_digits(return_X_y=True)
x = x.astype("float32") / 16.0
x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=0)

model = keras.Sequential(
    [
        layers.Input(shape=(64,)),
        layers.Dense(32, activation="relu"),
        layers.Dropout(0.1),
        layers.Dense(10, activation="softmax"),
    ]
)
model.compile(
    optimizer=keras.optimizers.Adam(learning_rate=0.005),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
model.fit(x_train, y_train, batch_size=batch_size, epochs=epochs, validation_split=0.1, verbose=0)

score = model.evaluate(x_test, y_test, verbose=0)
print("Test loss:", score[0])
print("Test accuracy:", score[1])
